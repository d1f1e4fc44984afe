import { StratusError } from '../core/index.ts'
import { advice } from './advice.ts'

/** Where a command writes: results to standard output, everything else to standard error. */
export class Output {
  readonly #title: string
  /** Whether programs read the results. */
  readonly json: boolean
  readonly #quiet: boolean
  readonly #debug: boolean
  #beforeLine: (() => void) | undefined

  /**
   * @param title - how the user called the command; messages start with it
   * @param args - the command line, looked at before it is parsed so that parse errors obey it too
   */
  constructor(title: string, args: readonly string[]) {
    this.#title = title
    this.json = args.includes('--json')
    this.#quiet = args.includes('--quiet')
    const level = args.indexOf('--log-level')
    this.#debug = args.includes('--log-level=debug') || args[level + 1] === 'debug'
  }

  /** Prints a result. */
  data(text: string): void {
    this.#clear()
    process.stdout.write(`${text}\n`)
  }

  /** Prints a result or a step for programs, in one line. */
  jsonLine(value: object): void {
    process.stdout.write(`${JSON.stringify(value)}\n`)
  }

  /** Says something that is good to know, unless told to be quiet. */
  notice(message: string): void {
    if (this.#quiet) return
    this.#clear()
    process.stderr.write(`${this.#title}: ${message}\n`)
  }

  /** Whether progress is wanted. */
  get wantsProgress(): boolean {
    return !this.#quiet
  }

  /** Has `clear` called before the next line, to take a progress bar away. */
  onLine(clear: (() => void) | undefined): void {
    this.#beforeLine = clear
  }

  /** Reports a failure: what happened, and what to do. */
  failure(error: unknown): void {
    this.#clear()
    const message = describe(error)
    const { code, details } = error instanceof StratusError ? error : {}
    if (this.json) {
      process.stderr.write(`${JSON.stringify({ error: { code, message, details } })}\n`)
    } else {
      process.stderr.write(`${this.#title}: ${message}\n`)
    }
    if (this.#debug) process.stderr.write(`${stackOf(error)}\n`)
  }

  /** Takes back whatever is drawn on the terminal. */
  close(): void {
    this.#clear()
  }

  #clear(): void {
    this.#beforeLine?.()
  }
}

function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ')
  if (!(error instanceof Error)) return String(error)
  if (!(error instanceof StratusError)) return error.message
  const what = error.message.includes(': ') ? undefined : advice[error.code]?.(error.details)
  return what === undefined ? error.message : `${error.message}: ${what}`
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`
  return `${error.stack}${cause}`
}
