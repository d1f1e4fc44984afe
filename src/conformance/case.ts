/** One rule of a contract, as data, so that any test runner and the command line can run it. */
export interface ConformanceCase<Subject, Capability extends string = never> {
  /** Stable identifier, quoted in the contract's TSDoc and in reports. */
  readonly id: string
  /** The rule in one sentence. */
  readonly rule: string
  /** Capabilities the subject must have for the rule to apply. */
  readonly needs?: readonly Capability[]
  /** Exercises a fresh `subject` and rejects when the rule is broken. */
  run(subject: Subject): Promise<void> | void
}

/** What became of one case. */
export type Outcome =
  | { readonly id: string; readonly status: 'passed' }
  | { readonly id: string; readonly status: 'skipped'; readonly missing: readonly string[] }
  | { readonly id: string; readonly status: 'failed'; readonly cause: unknown }
