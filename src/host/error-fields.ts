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
