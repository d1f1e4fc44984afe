import { describe, expect, it } from 'vitest'
import { cachePolicyCases, registerCases, runCase } from '../../src/conformance/index.ts'
import { LruPolicy } from '../../src/plugins/cache-lru/lru-policy.ts'
import { cachePolicyMutants } from '../support/cache-policy-mutants.ts'

registerCases({ describe, it }, 'cache-lru', cachePolicyCases, { create: () => new LruPolicy() })

describe('the kit for cache policies', () => {
  it('has one mutant per rule', () => {
    expect(Object.keys(cachePolicyMutants)).toEqual(cachePolicyCases.map((rule) => rule.id))
  })

  it.each(Object.entries(cachePolicyMutants))(
    '%s fails for its mutant, and alone',
    async (id, Mutant) => {
      const fixture = { create: () => new Mutant() }
      const outcomes = await Promise.all(cachePolicyCases.map((rule) => runCase(rule, fixture)))
      expect(outcomes.filter((o) => o.status === 'failed').map((o) => o.id)).toEqual([id])
    },
  )
})
