/**
 * What differs from the last seal: the keys of changed rows and the files with new data.
 *
 * Only the newest state of a row matters to a commit, so a row that changed a hundred times is here
 * once, and a file that came and went between two commits leaves nothing.
 */
import type { ByteString, Ino } from '../../core/index.ts'
import type { Inode } from './inode.ts'

/** Bytes of an xattr that count as one row: what a row takes in memory, about. */
const XATTR_ROW_BYTES = 1024

/** A directory entry that changed; `ino` 0 means removed. */
export interface ChangedDentry {
  readonly parent: Ino
  readonly name: ByteString
  ino: Ino
}

/** An xattr that changed; without a value it was removed. */
export interface ChangedXattr {
  readonly ino: Ino
  readonly name: ByteString
  value: Uint8Array | undefined
}

/** See the module comment. */
export class ChangeSet {
  /** By number: an inode may leave memory and come back as another object. */
  readonly inodes = new Map<Ino, Inode>()
  readonly deleted = new Set<Ino>()
  readonly dentries = new Map<string, ChangedDentry>()
  readonly xattrs = new Map<string, ChangedXattr>()
  /** Files whose overlay is not empty. */
  readonly files = new Set<Inode>()
  /** Inodes above this number were made since the last seal. */
  readonly maxInoBefore: Ino

  /** Changes that are not rows of their own and take memory all the same. */
  #pieces = 0

  constructor(maxInoBefore: Ino) {
    this.maxInoBefore = maxInoBefore
  }

  /** Rows that the next commit will carry, about. */
  get rows(): number {
    return this.inodes.size + this.deleted.size + this.dentries.size + this.#pieces
  }

  dentry(parent: Ino, name: ByteString, ino: Ino): void {
    const key = `${parent}/${name}`
    const known = this.dentries.get(key)
    if (known !== undefined) known.ino = ino
    else this.dentries.set(key, { parent, name, ino })
  }

  xattr(ino: Ino, name: ByteString, value: Uint8Array | undefined): void {
    this.#pieces += 1 + Math.ceil((value?.byteLength ?? 0) / XATTR_ROW_BYTES)
    const key = `${ino}/${name}`
    const known = this.xattrs.get(key)
    if (known !== undefined) known.value = value
    else this.xattrs.set(key, { ino, name, value })
  }

  /** Counts a change of a file's data, which its overlay holds. */
  piece(): void {
    this.#pieces++
  }

  /** Notes that an inode is gone for good. */
  delete(inode: Inode): void {
    this.inodes.delete(inode.ino)
    this.files.delete(inode)
    // What the bucket never saw need not be taken back.
    if (inode.ino <= this.maxInoBefore) this.deleted.add(inode.ino)
  }
}
