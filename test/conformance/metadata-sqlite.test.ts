import { describe, expect, it } from 'vitest'
import { metadataStoreCases, registerCases, runCase } from '../../src/conformance/index.ts'
import { metadataStoreMutants } from '../support/metadata-store-mutants.ts'
import { SqliteStoreSubject } from '../support/metadata-store-subject.ts'

registerCases({ describe, it }, 'metadata-sqlite', metadataStoreCases, {
  create: () => new SqliteStoreSubject(),
})

describe('the kit for metadata stores', () => {
  it('has one mutant per rule', () => {
    expect(Object.keys(metadataStoreMutants)).toEqual(metadataStoreCases.map((rule) => rule.id))
  })

  it.each(Object.entries(metadataStoreMutants))(
    '%s fails for its mutant, and alone',
    async (id, Mutant) => {
      const fixture = { create: () => new SqliteStoreSubject(Mutant) }
      const outcomes = await Promise.all(metadataStoreCases.map((rule) => runCase(rule, fixture)))
      expect(outcomes.filter((o) => o.status === 'failed').map((o) => o.id)).toEqual([id])
    },
  )
})
