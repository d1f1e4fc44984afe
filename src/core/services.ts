import { type Token, token } from './token.ts'

/** Writes structured log lines. Fields first, then a constant message, as in pino. */
export interface Logger {
  /** A step that helps to trace a fault. */
  debug(fields: object, message: string): void
  /** A change of state an operator wants to see: mounted, committed, unmounted. */
  info(fields: object, message: string): void
  /** Something went wrong and was handled, such as a retried request. */
  warn(fields: object, message: string): void
  /** Something went wrong and data or availability is affected. */
  error(fields: object, message: string): void
}

/** Token of the contract {@link Logger}. */
export const Logger: Token<Logger> = token('Logger')

/** Writes nothing. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
}

/** Tells the time and waits. The only way to either outside `host`. */
export interface Clock {
  /** Milliseconds since 1970, with fractions down to the clock's grain. */
  nowMs(): number
  /** Milliseconds since some moment; never runs backwards. */
  monotonicMs(): number
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted before. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Token of the contract {@link Clock}. */
export const Clock: Token<Clock> = token('Clock')

/** Supplies unpredictable bytes. */
export interface Random {
  /** Returns `count` cryptographically random bytes, owned by the caller. */
  bytes(count: number): Uint8Array
  /** Returns a number in `[0, 1)`, for jitter. */
  fraction(): number
}

/** Token of the contract {@link Random}. */
export const Random: Token<Random> = token('Random')
