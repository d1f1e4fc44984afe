import { PosixError, StratusError } from '../core/index.ts'

/**
 * An error as a log shows it: what happened and why, down the chain of causes. Other values stay as they
 * are.
 */
export function errorFields(value: unknown): unknown {
  if (!(value instanceof Error)) return value
  const { code, details } = value as { code?: unknown; details?: unknown }
  const expected = value instanceof StratusError || value instanceof PosixError
  const stack = expected ? undefined : value.stack
  const cause = value.cause === undefined ? undefined : errorFields(value.cause)
  return { message: value.message, code, details, stack, cause }
}

/** An error as {@link errorFields} leaves it. */
export interface LoggedError {
  readonly message: string
  readonly cause?: unknown
}

/** What is at the bottom of a failure: the message of its last cause. */
export function rootReason(error: LoggedError): string {
  const { cause } = error
  const deeper = typeof cause === 'object' && cause !== null && 'message' in cause
  return deeper ? rootReason(cause as LoggedError) : error.message
}
