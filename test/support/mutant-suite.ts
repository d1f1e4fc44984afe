import { describe, expect, it } from 'vitest'
import {
  type ConformanceCase,
  type Fixture,
  type Outcome,
  runCase,
} from '../../src/conformance/index.ts'

/**
 * Tests a kit by implementations that each break one rule and keep the others: the rule fails, alone.
 *
 * A kit in which that holds has no rule without teeth and no two rules for one thing.
 */
export function testKitWithMutants<Subject, Capability extends string>(
  title: string,
  cases: readonly ConformanceCase<Subject, Capability>[],
  mutants: Readonly<Record<string, Fixture<Subject, Capability>>>,
): void {
  describe(title, () => {
    it('has one mutant per rule', () => {
      expect(Object.keys(mutants).sort()).toEqual(cases.map((rule) => rule.id).sort())
    })

    it.each(Object.entries(mutants))('%s fails for its mutant, and alone', async (id, fixture) => {
      const outcomes: Outcome[] = []
      for (const rule of cases) outcomes.push(await runCase(rule, fixture))
      const failed = outcomes.filter(({ status }) => status === 'failed')
      expect(failed.map((outcome) => outcome.id)).toEqual([id])
    })
  })
}
