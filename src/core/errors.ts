/**
 * What the caller can do about a failure.
 *
 * A kind exists only where callers act differently on it.
 */
export type ErrorKind =
  /** The named thing does not exist, and asking again will not change that. */
  | 'notFound'
  /** The request is wrong: argument, configuration or state. Correct it first. */
  | 'invalid'
  /** Somebody else got there first. Read again, then decide. */
  | 'conflict'
  /** Credentials are missing, wrong or too weak. */
  | 'denied'
  /** A service or a resource is slow, full or down. Waiting and trying again may help. */
  | 'unavailable'
  /** Stored bytes fail verification. */
  | 'corrupt'
  /** The plugin cannot do this. Choose another or change the configuration. */
  | 'unsupported'
  /** The instance was closed or fenced. Open a new one. */
  | 'closed'

/**
 * Every failure that is reported by code.
 *
 * Codes stay the same between major versions, messages may change. `docs/reference/errors.md` lists
 * the same codes with advice; a unit test compares the two.
 */
export const errorKinds = {
  BACKEND_DENIED: 'denied',
  BACKEND_UNAVAILABLE: 'unavailable',
  CACHE_DIRECTORY_UNUSABLE: 'invalid',
  CONFIG_INVALID: 'invalid',
  CONFIG_NOT_FOUND: 'notFound',
  DATA_CORRUPT: 'corrupt',
  FENCED: 'closed',
  FILE_SYSTEM_BUSY: 'conflict',
  FILE_SYSTEM_CLOSED: 'closed',
  FILE_SYSTEM_EXISTS: 'conflict',
  FILE_SYSTEM_MOUNTED: 'conflict',
  FILE_SYSTEM_NOT_FOUND: 'notFound',
  FILE_SYSTEM_ROLLED_BACK: 'corrupt',
  FORMAT_UNSUPPORTED: 'unsupported',
  FUSE_UNAVAILABLE: 'unavailable',
  HISTORY_DIVERGED: 'conflict',
  JOURNAL_CORRUPT: 'corrupt',
  LOCAL_DISK_FULL: 'unavailable',
  MOUNT_POINT_BUSY: 'conflict',
  MOUNT_POINT_INVALID: 'invalid',
  NOT_MOUNTED: 'invalid',
  OBJECT_EXISTS: 'conflict',
  OBJECT_NOT_FOUND: 'notFound',
  OPTIONS_INVALID: 'invalid',
  PASSPHRASE_MISSING: 'denied',
  PASSPHRASE_WRONG: 'denied',
  PLUGIN_INVALID: 'invalid',
  PLUGIN_NOT_FOUND: 'notFound',
  STORAGE_URL_INVALID: 'invalid',
  WORKER_FAILED: 'unavailable',
} as const satisfies Record<string, ErrorKind>

/** A key of {@link errorKinds}. */
export type ErrorCode = keyof typeof errorKinds

/** Values that explain one occurrence, for logs and `--json` output. Never holds a secret. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>

/**
 * Marks errors of this package. It comes from the global symbol registry, so that an error made by the
 * copy of this package that a plugin brought along is recognised too.
 */
const failureBrand: unique symbol = Symbol.for('stratusfs:StratusError') as never
const answerBrand: unique symbol = Symbol.for('stratusfs:PosixError') as never

function isBranded(value: unknown, brand: symbol): boolean {
  return typeof value === 'object' && value !== null && brand in value
}

/**
 * A failure with a stable code. Programs branch on `code` or `kind`, people read `message`.
 * `instanceof` holds across copies of this package.
 */
export class StratusError extends Error {
  /** Whether `value` is such an error, made by whichever copy of this package. */
  static override [Symbol.hasInstance](value: unknown): value is StratusError {
    return isBranded(value, failureBrand)
  }

  /** Marks the error as one of this package. */
  readonly [failureBrand] = true
  override readonly name = 'StratusError'
  /** Which failure this is. */
  readonly code: ErrorCode
  /** The values behind this occurrence. */
  readonly details: ErrorDetails

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { details?: ErrorDetails | undefined } = {},
  ) {
    super(message, options)
    this.code = code
    this.details = options.details ?? {}
  }

  /** What the caller can do about it. */
  get kind(): ErrorKind {
    return errorKinds[this.code]
  }
}

/** Error numbers of Linux (x86-64 and arm64) that file-system operations answer with. */
export const errnoNumbers = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  EMLINK: 31,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENODATA: 61,
  EOPNOTSUPP: 95,
  ESTALE: 116,
} as const

/** Symbolic name of an error number. */
export type Errno = keyof typeof errnoNumbers

/**
 * The answer to a file-system call that POSIX defines as an error, such as `ENOENT` from `lookup`.
 *
 * This is a result: it is neither logged nor counted as a failure. It carries no stack trace,
 * because a `lookup` that misses is the most frequent request of all.
 */
export class PosixError extends Error {
  /** Whether `value` is such an answer, made by whichever copy of this package. */
  static override [Symbol.hasInstance](value: unknown): value is PosixError {
    return isBranded(value, answerBrand)
  }

  /** Marks the error as one of this package. */
  readonly [answerBrand] = true
  override readonly name = 'PosixError'
  readonly errno: Errno

  constructor(errno: Errno) {
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    super(errno)
    Error.stackTraceLimit = limit
    this.errno = errno
  }
}
