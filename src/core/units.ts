declare const unit: unique symbol

/**
 * Inode number. The root is 1; numbers grow and are not reused while mounted, so the FUSE generation stays 0.
 * After a remount the number of the newest inode may come back if that inode was removed before.
 *
 * Corresponds to `st_ino` in stat(2) and to `nodeid` of the FUSE protocol.
 */
export type Ino = number & { readonly [unit]?: 'ino' }

/** The root directory, `FUSE_ROOT_ID`. */
export const ROOT_INO: Ino = 1

/**
 * A file name, xattr name or link target: bytes, one per UTF-16 unit (`latin1`), so every byte
 * sequence has exactly one such string and no two collide.
 *
 * Names are map keys on the hot path, where a string is several times cheaper than a buffer. Convert
 * with `Buffer.from(name, 'latin1')` and `buffer.latin1Slice()`; never with UTF-8.
 */
export type ByteString = string & { readonly [unit]?: 'bytes' }

/** Number of a block within one file system. Grows; not reused while mounted. */
export type BlockId = number & { readonly [unit]?: 'block' }

/** Number of a pack within one file system. Grows; not reused while mounted. */
export type PackNumber = number & { readonly [unit]?: 'pack' }

/** Place in the commit log. The first commit is 1; each commit adds one. */
export type Sequence = number & { readonly [unit]?: 'sequence' }

/** A value, or a promise of it when the answer needs the store or has to wait. */
export type MaybePromise<T> = T | Promise<T>

/** Offset that stands for "to the end of any file". Exact as a number. */
export const OFFSET_MAX: number = Number.MAX_SAFE_INTEGER
