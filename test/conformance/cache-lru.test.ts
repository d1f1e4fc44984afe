import { describe, it } from 'vitest'
import { cachePolicyCases, registerCases } from '../../src/conformance/index.ts'
import { LruPolicy } from '../../src/plugins/cache-lru/lru-policy.ts'

registerCases({ describe, it }, 'cache-lru', cachePolicyCases, { create: () => new LruPolicy() })
