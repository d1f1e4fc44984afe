import type { ErrorCode } from '../core/index.ts'

/** A command that did what it was asked. */
export const EXIT_OK = 0
/** Something nobody expected: likely a bug. */
export const EXIT_UNEXPECTED = 1
/** The command line is wrong. */
export const EXIT_USAGE = 2
/** Added to the status of `fsck` when it found errors, repaired or not. */
export const EXIT_FSCK_ERRORS = 128

/**
 * Exit status of a command that ends with the given failure.
 *
 * Numbers are listed in `docs/reference/exit-status.md` and are never reused. Those below 50 mean what they
 * mean for S3QL, so that scripts written for it keep working.
 */
export const exitStatus: Readonly<Record<ErrorCode, number>> = {
  BACKEND_DENIED: 15,
  BACKEND_UNAVAILABLE: 19,
  CACHE_DIRECTORY_UNUSABLE: 45,
  CONFIG_INVALID: 2,
  CONFIG_NOT_FOUND: 2,
  DATA_CORRUPT: 44,
  FENCED: 51,
  FILE_SYSTEM_BUSY: 31,
  FILE_SYSTEM_CLOSED: 52,
  FILE_SYSTEM_EXISTS: 53,
  FILE_SYSTEM_MOUNTED: 40,
  FILE_SYSTEM_NOT_FOUND: 18,
  FILE_SYSTEM_ROLLED_BACK: 54,
  FORMAT_UNSUPPORTED: 33,
  FUSE_UNAVAILABLE: 39,
  HISTORY_DIVERGED: 55,
  JOURNAL_CORRUPT: 43,
  LOCAL_DISK_FULL: 56,
  MOUNT_POINT_BUSY: 57,
  MOUNT_POINT_INVALID: 36,
  NOT_MOUNTED: 58,
  OBJECT_EXISTS: 59,
  OBJECT_NOT_FOUND: 60,
  OPTIONS_INVALID: 2,
  PASSPHRASE_MISSING: 61,
  PASSPHRASE_WRONG: 17,
  PLUGIN_INVALID: 62,
  PLUGIN_NOT_FOUND: 11,
  STORAGE_URL_INVALID: 2,
  WORKER_FAILED: 63,
}
