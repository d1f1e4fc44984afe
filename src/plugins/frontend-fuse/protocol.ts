/**
 * Numbers of the kernel's FUSE protocol, version 7.
 *
 * Named as in `linux/fuse.h`. Offsets count bytes unless a name says words (u32).
 *
 * @module
 */

/** Version of the protocol this frontend speaks. */
export const PROTOCOL_MAJOR = 7
/** Newest minor version whose structures this frontend knows. */
export const PROTOCOL_MINOR_MAX = 41
/** Oldest minor version whose INIT reply has the present form. */
export const PROTOCOL_MINOR_MIN = 23

/** Bytes of `fuse_in_header`. */
export const REQUEST_HEADER_BYTES = 40
/** Words of `fuse_in_header`: where the body of a request starts. */
export const REQUEST_HEADER_WORDS = 10
/** Bytes of `fuse_out_header`. */
export const REPLY_HEADER_BYTES = 16
/** Words of `fuse_out_header`: where the payload of a reply starts. */
export const REPLY_HEADER_WORDS = 4
/** Bytes of `fuse_in_header` and `fuse_write_in` together: where the data of a WRITE start. */
export const WRITE_DATA_OFFSET = 80

/** Words of `fuse_in_header`. */
export const HeaderWord = {
  OPCODE: 1,
  UNIQUE: 2,
  NODE: 4,
  UID: 6,
  GID: 7,
  PID: 8,
} as const

/** What a request asks for. */
export const Opcode = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  SETXATTR: 21,
  GETXATTR: 22,
  LISTXATTR: 23,
  REMOVEXATTR: 24,
  FLUSH: 25,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  CREATE: 35,
  INTERRUPT: 36,
  DESTROY: 38,
  BATCH_FORGET: 42,
  READDIRPLUS: 44,
  RENAME2: 45,
  SYNCFS: 50,
  STATX: 52,
} as const

/** Flags of INIT, first word. */
export const InitFlag = {
  ASYNC_READ: 1 << 0,
  EXPORT_SUPPORT: 1 << 4,
  BIG_WRITES: 1 << 5,
  DO_READDIRPLUS: 1 << 13,
  READDIRPLUS_AUTO: 1 << 14,
  ASYNC_DIO: 1 << 15,
  WRITEBACK_CACHE: 1 << 16,
  NO_OPEN_SUPPORT: 1 << 17,
  PARALLEL_DIROPS: 1 << 18,
  MAX_PAGES: 1 << 22,
  CACHE_SYMLINKS: 1 << 23,
  NO_OPENDIR_SUPPORT: 1 << 24,
  HANDLE_KILLPRIV_V2: 1 << 28,
  INIT_EXT: 1 << 30,
} as const

/** Fields that a SETATTR request carries. */
export const SetattrFlag = {
  MODE: 1 << 0,
  UID: 1 << 1,
  GID: 1 << 2,
  SIZE: 1 << 3,
  ATIME: 1 << 4,
  MTIME: 1 << 5,
  ATIME_NOW: 1 << 7,
  MTIME_NOW: 1 << 8,
  CTIME: 1 << 10,
  KILL_SUIDGID: 1 << 11,
} as const

/** `open_flags` of a reply: pages cached from before stay. */
export const FOPEN_KEEP_CACHE = 1 << 1

/** Codes of notifications, which take the place of the error number. */
export const Notification = {
  INVALIDATE_INODE: 2,
  INVALIDATE_ENTRY: 3,
  DELETE: 6,
} as const
