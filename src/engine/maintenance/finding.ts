/** How bad a finding is: `error` means that something is wrong, `info` that it is worth knowing. */
type Severity = 'error' | 'info'

/** One thing a check found; plain JSON. */
export interface Finding {
  /** Id of the rule that found it. Stable. */
  readonly id: string
  readonly severity: Severity
  /** Constant for each kind of finding; the facts are in `details`. */
  readonly message: string
  readonly details: Readonly<Record<string, string | number | boolean>>
}

/** Adds a finding of the rule it was made for. */
export type Find = (message: string, details?: Finding['details'], severity?: Severity) => void

/** Findings of one rule that are listed; a file system that lost a pack has millions of the same. */
const LISTED_MAX = 100

/** Collects findings, and counts those it has no room for. */
export class Findings {
  readonly #listed: Finding[] = []
  readonly #counts = new Map<string, number>()
  #errors = 0

  /** Errors so far, listed or not. */
  get errors(): number {
    return this.#errors
  }

  /** What was found, in order, and for rules that found too much how much more it was. */
  get all(): Finding[] {
    const rest: Finding[] = []
    for (const [id, count] of this.#counts) {
      if (count <= LISTED_MAX) continue
      const severity = this.#listed.find((finding) => finding.id === id)?.severity ?? 'error'
      const details = { count: count - LISTED_MAX }
      rest.push({ id, severity, message: 'more of the same is not listed', details })
    }
    return [...this.#listed, ...rest]
  }

  /** Returns what adds findings of the rule `id`. */
  of(id: string): Find {
    return (message, details = {}, severity = 'error') => {
      const count = (this.#counts.get(id) ?? 0) + 1
      this.#counts.set(id, count)
      if (severity === 'error') this.#errors += 1
      if (count <= LISTED_MAX) this.#listed.push({ id, severity, message, details })
    }
  }
}
