import type { MaybePromise } from '../core/units.ts'
import type { ConformanceCase, Outcome } from './case.ts'

/** The part of a test runner the kit uses; `vitest` and `node:test` both provide it. */
export interface Runner {
  /** Groups tests. */
  describe(title: string, body: () => void): void
  /** Registers one test. `context.skip` is used where the runner passes it. */
  it(title: string, body: (context?: SkipContext) => Promise<void>): void
}

/** What a runner hands to a test so that it can report itself as skipped. */
export interface SkipContext {
  /** Ends the test as skipped, for the reason given. */
  skip(reason?: string): void
}

/** How to make a subject, and how to ask it for a capability. */
export interface Fixture<Subject, Capability extends string = never> {
  /** Returns a fresh, empty subject. The kit disposes of it when it is disposable. */
  create(): MaybePromise<Subject>
  /** Tells whether `subject` claims `capability`. Left out, it claims all. */
  has?(subject: Subject, capability: Capability): boolean
}

/** Runs one case against a fresh subject. */
export async function runCase<Subject, Capability extends string>(
  rule: ConformanceCase<Subject, Capability>,
  fixture: Fixture<Subject, Capability>,
): Promise<Outcome> {
  const subject = await fixture.create()
  try {
    const missing = rule.needs?.filter((need) => fixture.has?.(subject, need) === false) ?? []
    if (missing.length > 0) return { id: rule.id, status: 'skipped', missing }
    await rule.run(subject)
    return { id: rule.id, status: 'passed' }
  } catch (cause) {
    return { id: rule.id, status: 'failed', cause }
  } finally {
    await dispose(subject)
  }
}

/** Registers every case as a test of `runner`. */
export function registerCases<Subject, Capability extends string>(
  runner: Runner,
  title: string,
  cases: readonly ConformanceCase<Subject, Capability>[],
  fixture: Fixture<Subject, Capability>,
): void {
  runner.describe(title, () => {
    for (const rule of cases) {
      runner.it(`${rule.id} ${rule.rule}`, async (context) => {
        const outcome = await runCase(rule, fixture)
        if (outcome.status === 'failed') throw outcome.cause
        if (outcome.status === 'skipped') context?.skip(`needs ${outcome.missing.join(', ')}`)
      })
    }
  })
}

async function dispose(subject: unknown): Promise<void> {
  if (subject === null || typeof subject !== 'object') return
  const { [Symbol.asyncDispose]: later, [Symbol.dispose]: now } = subject as Partial<
    AsyncDisposable & Disposable
  >
  if (later) await later.call(subject)
  else now?.call(subject)
}
