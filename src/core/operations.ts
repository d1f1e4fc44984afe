import type { DentryRow, InodeRow } from './rows.ts'
import { type Token, token } from './token.ts'
import type { ByteString, Ino, MaybePromise } from './units.ts'

/** Who asks. */
export interface Caller {
  readonly uid: number
  readonly gid: number
  readonly pid: number
}

/** An inode as a frontend sees it. Borrowed: read it at once, do not keep or change it. */
export type InodeView = Readonly<InodeRow>

/** A point in time. */
export interface TimeSpec {
  readonly sec: number
  /** 0 to 999,999,999. */
  readonly nsec: number
}

/** What `setattr` is to change; absent fields stay. */
export interface AttributeChange {
  /** Permission bits (`07777`); the type cannot change. */
  readonly mode?: number | undefined
  readonly uid?: number | undefined
  readonly gid?: number | undefined
  readonly size?: number | undefined
  /** A time, or `now`. */
  readonly atime?: TimeSpec | 'now' | undefined
  /** A time, or `now`. */
  readonly mtime?: TimeSpec | 'now' | undefined
  /** Given by a kernel that keeps times itself (write-back caching); otherwise the engine sets it. */
  readonly ctime?: TimeSpec | undefined
  /** Clear set-user-id and, for group-executable files, set-group-id (`FUSE_HANDLE_KILLPRIV_V2`). */
  readonly killPrivileges?: boolean | undefined
}

/** The file system's figures for statfs(2). */
export interface StatFs {
  readonly blockBytes: number
  readonly blocks: number
  readonly blocksFree: number
  readonly inodes: number
  readonly inodesFree: number
  readonly nameBytesMax: number
}

/** `rename`: fail with `EEXIST` instead of replacing. */
export const RENAME_NOREPLACE = 1
/** `rename`: swap the two names. */
export const RENAME_EXCHANGE = 2
/** `setxattr`: fail with `EEXIST` if the attribute exists. */
export const XATTR_CREATE = 1
/** `setxattr`: fail with `ENODATA` if it does not. */
export const XATTR_REPLACE = 2
/** `write`: the kernel's page cache writes back; it keeps the times itself and sets them later. */
export const WRITE_FROM_CACHE = 1
/** `write`: clear set-user-id and set-group-id as for any writer without privileges. */
export const WRITE_KILL_PRIVILEGES = 4
/** Longest name of a directory entry or xattr, bytes. */
export const NAME_BYTES_MAX = 255

/**
 * Takes one entry of a directory listing.
 *
 * @returns `false` when the entry did not fit and the listing should stop before it
 */
export type DirectorySink = (entry: Omit<DentryRow, 'parent'>, inode: InodeView) => boolean

/**
 * Everything a frontend can ask of the engine. Inode-based, as the FUSE protocol is.
 *
 * **Results.** A POSIX answer other than success is a thrown (or rejected) {@link PosixError}; any other
 * error is a failure, which a frontend logs once and reports as `EIO`. Many calls answer at once
 * and return a value; those that may have to fetch or to wait return a promise then. A frontend must
 * cope with both and should not `await` a value.
 *
 * **Acknowledgement.** A change is safe from the death of this process only after {@link Operations.settle}
 * returned, and a frontend must not report success before that. One `settle` serves all operations
 * before it, so call it once for a batch.
 *
 * **References.** `lookup`, `create`, `mknod`, `mkdir`, `symlink`, `link` and listings through
 * `remember` each add one reference to the inode they return; `forget` takes them back. An inode
 * without names lives until its references are gone. There are no open-file handles.
 *
 * **Permissions** are the frontend's matter: the kernel checks them (`default_permissions`). The engine
 * applies what follows from them, such as set-group-id directories, and the caller's identity becomes
 * the owner of what it makes.
 *
 * **Errors common to all:** `ESTALE` for an inode that is gone, `ENOTDIR` for a parent that is no directory,
 * `ENAMETOOLONG` for names above 255 bytes, `EROFS` once the file system is fenced or read-only.
 */
export interface Operations {
  /** @throws PosixError `ENOENT` */
  lookup(parent: Ino, name: ByteString): InodeView
  /** Adds one reference to an inode that a listing returned. */
  remember(ino: Ino): void
  /** Takes back `count` references. Unknown inodes are ignored. */
  forget(ino: Ino, count: number): void
  /** Returns the attributes of an inode. */
  getattr(ino: Ino): InodeView
  /** Changes attributes of an inode and returns them all. */
  setattr(ino: Ino, change: AttributeChange, caller: Caller): MaybePromise<InodeView>
  /** @throws PosixError `EINVAL` when it is no symbolic link */
  readlink(ino: Ino): ByteString

  /**
   * Makes a file of any type but directory and symbolic link.
   *
   * @param mode - type and permission bits, umask already applied
   * @throws PosixError `EEXIST`
   */
  mknod(
    parent: Ino,
    name: ByteString,
    mode: number,
    rdev: number,
    caller: Caller,
  ): MaybePromise<InodeView>
  /** Makes a directory. */
  mkdir(parent: Ino, name: ByteString, mode: number, caller: Caller): MaybePromise<InodeView>
  /** Makes a symbolic link. */
  symlink(
    parent: Ino,
    name: ByteString,
    target: ByteString,
    caller: Caller,
  ): MaybePromise<InodeView>
  /** @throws PosixError `EEXIST`, `EPERM` for a directory, `EMLINK` */
  link(ino: Ino, parent: Ino, name: ByteString): MaybePromise<InodeView>
  /** @throws PosixError `ENOENT`, `EISDIR` */
  unlink(parent: Ino, name: ByteString): MaybePromise<void>
  /** @throws PosixError `ENOENT`, `ENOTDIR`, `ENOTEMPTY` */
  rmdir(parent: Ino, name: ByteString): MaybePromise<void>
  /**
   * @param flags - 0, {@link RENAME_NOREPLACE} or {@link RENAME_EXCHANGE}
   * @throws PosixError `ENOENT`, `EEXIST`, `ENOTEMPTY`, `EISDIR`, `ENOTDIR`, `EINVAL` into itself
   */
  rename(
    parent: Ino,
    name: ByteString,
    newParent: Ino,
    newName: ByteString,
    flags: number,
  ): MaybePromise<void>

  /**
   * Reads up to `target.length` bytes at `offset` into `target`; fewer only at the end of the file.
   *
   * @param target - borrowed until the call settles
   * @returns the number of bytes read
   */
  read(ino: Ino, offset: number, target: Uint8Array): MaybePromise<number>
  /**
   * Writes all of `data` at `offset`.
   *
   * @param data - borrowed until {@link Operations.settle} returns (or, if this returns a promise, until
   *   the `settle` after it)
   * @param flags - {@link WRITE_FROM_CACHE} and {@link WRITE_KILL_PRIVILEGES}, or 0
   * @throws PosixError `EFBIG`, `ENOSPC`
   */
  write(ino: Ino, offset: number, data: Uint8Array, flags: number): MaybePromise<void>
  /**
   * Makes earlier changes durable: on the local disk, or in the bucket when the mount is configured so.
   * Includes `settle`.
   */
  fsync(ino: Ino): Promise<void>

  /**
   * Lists a directory in the order of its cookies, behind `after` (0: from the start), until `sink`
   * answers `false`. The entries `.` and `..` are the frontend's to add.
   */
  readdir(ino: Ino, after: number, sink: DirectorySink): void

  /** @throws PosixError `ENODATA` */
  getxattr(ino: Ino, name: ByteString, caller: Caller): Uint8Array
  /** Returns the names of the inode's xattrs, in byte order. */
  listxattr(ino: Ino): ByteString[]
  /**
   * @param flags - 0, {@link XATTR_CREATE} or {@link XATTR_REPLACE}
   * @throws PosixError `EEXIST`, `ENODATA`, `E2BIG`
   */
  setxattr(
    ino: Ino,
    name: ByteString,
    value: Uint8Array,
    flags: number,
    caller: Caller,
  ): MaybePromise<void>
  /** @throws PosixError `ENODATA` */
  removexattr(ino: Ino, name: ByteString, caller: Caller): MaybePromise<void>

  /** Returns the figures for statfs(2). */
  statfs(): StatFs

  /**
   * Makes all changes so far survive the death of this process. Returns a promise while the local
   * disk has no room.
   */
  settle(): MaybePromise<void>
}

/** Token of the contract {@link Operations}. */
export const Operations: Token<Operations> = token('Operations')
