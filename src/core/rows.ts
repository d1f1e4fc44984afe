import type { BlockId, ByteString, Ino, PackNumber, Sequence } from './units.ts'

/** File type bits of a mode, as in stat(2). */
export const S_IFMT = 0o170000
/** Socket. */
export const S_IFSOCK = 0o140000
/** Symbolic link. */
export const S_IFLNK = 0o120000
/** Regular file. */
export const S_IFREG = 0o100000
/** Block device. */
export const S_IFBLK = 0o060000
/** Directory. */
export const S_IFDIR = 0o040000
/** Character device. */
export const S_IFCHR = 0o020000
/** FIFO. */
export const S_IFIFO = 0o010000
/** Set-user-id bit. */
export const S_ISUID = 0o4000
/** Set-group-id bit. */
export const S_ISGID = 0o2000
/** Sticky bit. */
export const S_ISVTX = 0o1000

/**
 * One inode as it is stored.
 *
 * Times are seconds since 1970 (may be negative) and nanoseconds (0 to 999,999,999) apart: a
 * nanosecond count does not fit a `number`, and a `bigint` costs more than the rest of the operation.
 */
export interface InodeRow {
  readonly ino: Ino
  /** Type and permission bits, as `st_mode`. */
  mode: number
  uid: number
  gid: number
  /** Names that refer to the inode; for a directory 2 plus its subdirectories. 0 makes it an orphan. */
  nlink: number
  /** Device number as the kernel encodes it; 0 for other types. */
  rdev: number
  /** Length of a regular file or of a link's target, bytes; 0 for other types. */
  size: number
  atimeSec: number
  atimeNsec: number
  mtimeSec: number
  mtimeNsec: number
  ctimeSec: number
  ctimeNsec: number
  /** Birth time. */
  btimeSec: number
  btimeNsec: number
  /** For a directory its parent, for the root itself, for other types 0. */
  parent: Ino
  /** What a symbolic link points to; empty for other types. */
  target: ByteString
}

/** One directory entry. */
export interface DentryRow {
  readonly parent: Ino
  readonly name: ByteString
  readonly ino: Ino
  /**
   * Place in the directory: grows with each entry made, so that a reader that goes on behind a cookie
   * misses nothing and sees nothing twice. Local to one view; at least 1.
   */
  readonly cookie: number
}

/** Where a block is stored. */
export interface BlockRow {
  readonly id: BlockId
  /** Keyed hash of the plaintext, 32 bytes. */
  readonly digest: Uint8Array
  readonly pack: PackNumber
  /** Number of the block's record in its pack: the nonce. */
  readonly record: number
  /** Where the sealed record starts in the pack, bytes. */
  readonly offset: number
  /** Size of the sealed record, bytes. */
  readonly storedBytes: number
  /** Size of the plaintext, bytes. */
  readonly plainBytes: number
  /** {@link Compressor.formatId} of the compressor, 0 for none. */
  readonly compressor: number
}

/** One pack. */
export interface PackRow {
  readonly number: PackNumber
  /** Random 128-bit id; the key of the pack is derived from it. 16 bytes. */
  readonly id: Uint8Array
  /** 0: an object of its own. Otherwise the commit whose log object contains the pack. */
  readonly container: Sequence
  /** Where the pack starts in its container, bytes. 0 for an object of its own. */
  readonly containerOffset: number
  /** Size of the pack, bytes. */
  readonly sizeBytes: number
}

/** A part of a file that lies in a block. */
export interface ExtentRow {
  readonly ino: Ino
  /** First byte in the file. */
  readonly offset: number
  /** Bytes. */
  readonly length: number
  readonly block: BlockId
  /** First byte in the block. */
  readonly blockOffset: number
}

/** One extended attribute. */
export interface XattrRow {
  readonly ino: Ino
  readonly name: ByteString
  readonly value: Uint8Array
}

/** Who has the file system mounted, as recorded in the log at mount and unmount. */
export interface SessionRow {
  /** Random 128-bit id, in hexadecimal. */
  readonly id: string
  /** Name of the machine, for messages. */
  readonly host: string
  /** Identifies the machine, its boot and its pid namespace; equal means the pid can be checked. */
  readonly machine: string
  readonly pid: number
  /** When it began, milliseconds since 1970. */
  readonly sinceMs: number
  /** Whether the session still lasts. A clean unmount records `false`. */
  readonly open: boolean
}

/**
 * One change of the file system's tables: the unit of journal, log and checkpoint.
 *
 * Every kind is idempotent, and a view changes by applying them in order and in no other way.
 */
export type RowChange =
  /** Inserts or replaces an inode. */
  | { readonly kind: 'inode'; readonly row: Readonly<InodeRow> }
  /** Removes an inode and its xattrs. Its extents go by an `extentClear`. */
  | { readonly kind: 'inodeDelete'; readonly ino: Ino }
  /** Inserts or replaces the entry `name` of `parent`. */
  | {
      readonly kind: 'dentry'
      readonly parent: Ino
      readonly name: ByteString
      readonly ino: Ino
    }
  | { readonly kind: 'dentryDelete'; readonly parent: Ino; readonly name: ByteString }
  | { readonly kind: 'xattr'; readonly row: XattrRow }
  | { readonly kind: 'xattrDelete'; readonly ino: Ino; readonly name: ByteString }
  /** Maps a range of a file to a block, over whatever was there. Log and checkpoint only. */
  | { readonly kind: 'extent'; readonly row: ExtentRow }
  /**
   * Makes `[offset, offset + length)` of a file a hole. In the journal it also covers data not yet
   * committed.
   */
  | {
      readonly kind: 'extentClear'
      readonly ino: Ino
      readonly offset: number
      readonly length: number
    }
  /** Inserts a block, or says that it moved. Log and checkpoint only. */
  | { readonly kind: 'block'; readonly row: BlockRow }
  | { readonly kind: 'blockDelete'; readonly id: BlockId }
  | { readonly kind: 'pack'; readonly row: PackRow }
  | { readonly kind: 'packDelete'; readonly number: PackNumber }
  /** Replaces the record of the newest session. Log and checkpoint only. */
  | { readonly kind: 'session'; readonly row: SessionRow }
  /**
   * New bytes of a file. Journal only: `length` bytes follow the record's changes, those of the first
   * `data` change first.
   */
  | {
      readonly kind: 'data'
      readonly ino: Ino
      readonly offset: number
      readonly length: number
    }
