import { describe, it } from 'node:test'
import { cachePolicyCases, registerCases } from 'stratusfs/conformance'
import { SievePolicy } from './sieve.js'

registerCases({ describe, it }, 'sieve', cachePolicyCases, { create: () => new SievePolicy() })
