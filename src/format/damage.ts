import { type ErrorDetails, StratusError } from '../core/index.ts'

/** Returns the error for bytes that are not what was written. `message` starts with what they are. */
export function damaged(message: string, details: ErrorDetails = {}): StratusError {
  return new StratusError('DATA_CORRUPT', message, { details })
}

/** Returns the error for bytes that a newer version of the format wrote. */
export function unknownFormat(message: string, details: ErrorDetails = {}): StratusError {
  return new StratusError('FORMAT_UNSUPPORTED', message, { details })
}
