import { type ErrorCode, StratusError } from '../../core/errors.ts'

/** What the caller can do about an error number. Any other may go away: disks fill and networks fail. */
const codes: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'BACKEND_DENIED',
  EPERM: 'BACKEND_DENIED',
  ENOTDIR: 'OPTIONS_INVALID',
  EISDIR: 'OPTIONS_INVALID',
  ENAMETOOLONG: 'OPTIONS_INVALID',
  // The folder's file system makes no hard links, so it cannot create exclusively.
  ENOTSUP: 'OPTIONS_INVALID',
}

/** Returns the failure that `error`, thrown by node:fs during `action`, means to the caller. */
export function fileError(error: unknown, action: string, path: string): unknown {
  const errno = errnoOf(error)
  if (errno === undefined) return error
  return new StratusError(codes[errno] ?? 'BACKEND_UNAVAILABLE', `cannot ${action}`, {
    cause: error,
    details: { path, errno },
  })
}

/** Whether `error` says that a path leads nowhere. */
export function isAbsent(error: unknown): boolean {
  const errno = errnoOf(error)
  return errno === 'ENOENT' || errno === 'ENOTDIR'
}

/** Returns the symbolic error number of an error of node:fs, or undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined
  return String(error.code)
}
