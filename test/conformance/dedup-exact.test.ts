import { describe, expect, it } from 'vitest'
import { dedupIndexCases, registerCases, runCase } from '../../src/conformance/index.ts'
import { ExactIndex } from '../../src/plugins/dedup-exact/exact-index.ts'
import { openStore } from '../../src/plugins/metadata-sqlite/open-store.ts'
import { dedupIndexMutants, MapIndex } from '../support/dedup-index-mutants.ts'
import { StoredIndex } from '../support/stored-index.ts'

registerCases({ describe, it }, 'dedup-exact', dedupIndexCases, {
  create() {
    const store = openStore({ path: ':memory:', cacheBytes: 1024 * 1024 })
    return new StoredIndex(store, new ExactIndex(store))
  },
})

registerCases({ describe, it }, 'the index that the mutants are made of', dedupIndexCases, {
  create: () => new MapIndex(),
})

describe('the kit for dedup indexes', () => {
  it('has one mutant per rule', () => {
    expect(Object.keys(dedupIndexMutants)).toEqual(dedupIndexCases.map((rule) => rule.id))
  })

  it.each(Object.entries(dedupIndexMutants))(
    '%s fails for its mutant, and alone',
    async (id, Mutant) => {
      const fixture = { create: () => new Mutant() }
      const outcomes = await Promise.all(dedupIndexCases.map((rule) => runCase(rule, fixture)))
      expect(outcomes.filter((o) => o.status === 'failed').map((o) => o.id)).toEqual([id])
    },
  )
})
