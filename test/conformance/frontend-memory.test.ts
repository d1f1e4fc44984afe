import { describe, expect, it } from 'vitest'
import { frontendCases, registerCases, runCase } from '../../src/conformance/index.ts'
import { frontendMutants } from '../support/frontend-mutants.ts'
import { MemoryFrontendSubject } from '../support/memory-frontend-subject.ts'

registerCases({ describe, it }, 'frontend-memory', frontendCases, {
  create: () => new MemoryFrontendSubject(),
})

describe('the kit for frontends', () => {
  it('has one mutant per rule', () => {
    expect(Object.keys(frontendMutants)).toEqual(frontendCases.map((rule) => rule.id))
  })

  it.each(Object.entries(frontendMutants))(
    '%s fails for its mutant, and alone',
    async (id, Mutant) => {
      const fixture = { create: () => new MemoryFrontendSubject(Mutant) }
      const outcomes = await Promise.all(frontendCases.map((rule) => runCase(rule, fixture)))
      expect(outcomes.filter((o) => o.status === 'failed').map((o) => o.id)).toEqual([id])
    },
  )
})
