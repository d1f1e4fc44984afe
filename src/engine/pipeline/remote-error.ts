import { type ErrorCode, type ErrorDetails, StratusError } from '../../core/index.ts'

/** An error as it crosses threads: the structured clone of an `Error` keeps neither code nor details. */
export interface RemoteError {
  readonly code: ErrorCode
  readonly message: string
  readonly details: ErrorDetails
  /** Text of the cause, for logs. */
  readonly cause?: string | undefined
}

/** Returns what the other thread needs to know about `error`. */
export function encodeError(error: unknown): RemoteError {
  if (!(error instanceof StratusError)) {
    return { code: 'WORKER_FAILED', message: FAILED, details: {}, cause: describe(error) }
  }
  const { code, message, details, cause } = error
  return { code, message, details, cause: cause === undefined ? undefined : describe(cause) }
}

/** Rebuilds the error of another thread. */
export function decodeError(remote: RemoteError): StratusError {
  const { code, message, details, cause } = remote
  return new StratusError(code, message, {
    details,
    ...(cause === undefined ? {} : { cause: new Error(cause) }),
  })
}

/** Returns the error for a pipeline thread that is gone. */
export function threadFailed(cause: unknown): StratusError {
  return new StratusError('WORKER_FAILED', FAILED, { cause })
}

const FAILED = 'pipeline thread failed'

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
