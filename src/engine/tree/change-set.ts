/**
 * What differs from the last seal: the keys of changed rows and the files with new data.
 *
 * Only the newest state of a row matters to a commit, so a row that changed a hundred times is here
 * once, and a file that came and went between two commits leaves nothing.
 */
import type { ByteString, Ino } from '../../core/index.ts'
import type { Inode } from './inode.ts'

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
  readonly inodes = new Set<Inode>()
  readonly deleted = new Set<Ino>()
  readonly dentries = new Map<string, ChangedDentry>()
  readonly xattrs = new Map<string, ChangedXattr>()
  /** Files whose overlay is not empty. */
  readonly files = new Set<Inode>()
  /** Inodes above this number were made since the last seal. */
  readonly maxInoBefore: Ino

  constructor(maxInoBefore: Ino) {
    this.maxInoBefore = maxInoBefore
  }

  get empty(): boolean {
    return (
      this.inodes.size === 0 &&
      this.deleted.size === 0 &&
      this.dentries.size === 0 &&
      this.xattrs.size === 0 &&
      this.files.size === 0
    )
  }

  /** Rows that the next commit will carry, about. */
  get rows(): number {
    return this.inodes.size + this.deleted.size + this.dentries.size + this.xattrs.size
  }

  dentry(parent: Ino, name: ByteString, ino: Ino): void {
    const key = `${parent}/${name}`
    const known = this.dentries.get(key)
    if (known !== undefined) known.ino = ino
    else this.dentries.set(key, { parent, name, ino })
  }

  xattr(ino: Ino, name: ByteString, value: Uint8Array | undefined): void {
    const key = `${ino}/${name}`
    const known = this.xattrs.get(key)
    if (known !== undefined) known.value = value
    else this.xattrs.set(key, { ino, name, value })
  }

  /** Notes that an inode is gone for good. */
  delete(inode: Inode): void {
    this.inodes.delete(inode)
    this.files.delete(inode)
    // What the bucket never saw need not be taken back.
    if (inode.ino <= this.maxInoBefore) this.deleted.add(inode.ino)
  }
}
