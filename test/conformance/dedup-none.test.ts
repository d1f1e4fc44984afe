import { describe, it } from 'vitest'
import { dedupIndexCases, registerCases } from '../../src/conformance/index.ts'
import { NoDedupIndex } from '../../src/plugins/dedup-none/no-dedup-index.ts'

registerCases({ describe, it }, 'dedup-none', dedupIndexCases, {
  create: () => new NoDedupIndex(),
  has: () => false,
})
