/**
 * The mounted file system as operations see it: view, hot inodes, journal, and what changed since the
 * last seal.
 *
 * Control changes hands only at an `await`, and no method here awaits: an operation that does not wait
 * is atomic against all others, and a seal sees whole operations only.
 */
import {
  type ByteString,
  type Clock,
  type Ino,
  type MetadataStore,
  PosixError,
  type RowChange,
} from '../../core/index.ts'
import type { DataLocation, Journal } from '../journal/journal.ts'
import { ChangeSet } from './change-set.ts'
import type { Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import { Overlay } from './overlay.ts'

/** See the module comment. */
export class Volume {
  readonly store: MetadataStore
  readonly inodes: InodeTable
  readonly journal: Journal
  readonly clock: Clock
  /** Changes since the last seal. */
  changes: ChangeSet
  /** Why changes are refused, if they are. */
  frozen: 'read-only' | 'fenced' | 'closed' | undefined

  constructor(store: MetadataStore, inodes: InodeTable, journal: Journal, clock: Clock) {
    this.store = store
    this.inodes = inodes
    this.journal = journal
    this.clock = clock
    this.changes = new ChangeSet(inodes.maxIno)
  }

  /** @throws PosixError `ESTALE` */
  inode(ino: Ino): Inode {
    const inode = this.inodes.get(ino)
    if (inode === undefined) throw new PosixError('ESTALE')
    return inode
  }

  /** @throws PosixError `ESTALE`, `ENOTDIR` */
  directory(ino: Ino): Inode {
    const inode = this.inode(ino)
    if (!inode.isDirectory) throw new PosixError('ENOTDIR')
    return inode
  }

  /** A directory that entries may be added to: a removed one takes none. */
  liveDirectory(ino: Ino): Inode {
    const inode = this.directory(ino)
    if (inode.nlink === 0) throw new PosixError('ENOENT')
    return inode
  }

  /** The inode behind a name, or `undefined`. */
  child(parent: Ino, name: ByteString): Inode | undefined {
    const ino = this.store.getDentry(parent, name)
    return ino === undefined ? undefined : this.inode(ino)
  }

  /** @throws PosixError `EROFS` */
  assertWritable(): void {
    if (this.frozen !== undefined) throw new PosixError('EROFS')
  }

  /** Records one operation whose effect on inodes has been made, and makes the rest of it. */
  record(changes: readonly RowChange[], data?: Uint8Array): DataLocation {
    const location = this.journal.append(changes, data)
    for (const change of changes) this.#apply(change, location)
    return location
  }

  /** Removes an inode without names and references. */
  reap(inode: Inode): void {
    this.record([{ kind: 'inodeDelete', ino: inode.ino }])
  }

  /** The overlay of a file, made if need be. */
  overlay(inode: Inode): Overlay {
    inode.overlay ??= new Overlay()
    this.changes.files.add(inode)
    return inode.overlay
  }

  /** Starts a new change set and returns the old one; overlays move to their sealed place. */
  seal(): ChangeSet {
    const sealed = this.changes
    for (const inode of sealed.files) {
      inode.sealedOverlay = inode.overlay
      inode.overlay = undefined
    }
    this.changes = new ChangeSet(this.inodes.maxIno)
    return sealed
  }

  /**
   * Takes in a record that an earlier session left in the journal.
   *
   * @param inView - the view has the record's changes of the tree; only the bucket lacks them
   */
  replay(changes: readonly RowChange[], location: DataLocation, inView: boolean): void {
    for (const change of changes) {
      if (change.kind === 'inode') {
        if (!inView) this.inodes.restore(change.row)
        // Under a later record the inode may be gone already.
        const inode = this.inodes.get(change.row.ino)
        if (inode !== undefined) this.changes.inodes.set(inode.ino, inode)
      } else if (change.kind === 'inodeDelete') {
        const inode = this.inodes.get(change.ino)
        if (inode !== undefined) this.#apply(change, location)
        this.changes.deleted.add(change.ino)
        // Its extents stay until the commit; whoever got the number meanwhile would show them.
        this.inodes.skip(change.ino)
      } else if (change.kind === 'data' || change.kind === 'extentClear') {
        if (this.inodes.get(change.ino) !== undefined) this.#apply(change, location)
      } else if (inView) {
        this.#noteChange(change)
      } else {
        this.#apply(change, location)
      }
    }
  }

  /** Remembers that the bucket lacks a change that the view has. */
  #noteChange(change: RowChange): void {
    switch (change.kind) {
      case 'dentry':
        this.changes.dentry(change.parent, change.name, change.ino)
        return
      case 'dentryDelete':
        this.changes.dentry(change.parent, change.name, 0)
        return
      case 'xattr':
        this.changes.xattr(change.row.ino, change.row.name, change.row.value)
        return
      case 'xattrDelete':
        this.changes.xattr(change.ino, change.name, undefined)
        return
      default:
        throw new TypeError(`a journal holds no change of kind ${change.kind}`)
    }
  }

  #apply(change: RowChange, location: DataLocation): void {
    switch (change.kind) {
      case 'inode': {
        const inode = change.row as Inode
        this.inodes.changed(inode)
        this.changes.inodes.set(inode.ino, inode)
        return
      }
      case 'inodeDelete': {
        const inode = this.inodes.get(change.ino)
        if (inode === undefined) return
        this.inodes.remove(inode)
        this.changes.delete(inode)
        inode.overlay = undefined
        return
      }
      case 'dentry':
        this.store.putDentry(change.parent, change.name, change.ino)
        this.#noteChange(change)
        return
      case 'dentryDelete':
        this.store.deleteDentry(change.parent, change.name)
        this.#noteChange(change)
        return
      case 'xattr':
        this.store.putXattr(change.row)
        this.#noteChange(change)
        return
      case 'xattrDelete':
        this.store.deleteXattr(change.ino, change.name)
        this.#noteChange(change)
        return
      case 'data': {
        const overlay = this.overlay(this.inode(change.ino))
        overlay.write(change.offset, change.length, location.segment, location.position)
        this.changes.piece()
        return
      }
      case 'extentClear': {
        const overlay = this.overlay(this.inode(change.ino))
        const end = change.offset + change.length
        if (end >= Number.MAX_SAFE_INTEGER) overlay.truncate(change.offset)
        else overlay.punch(change.offset, change.length)
        this.changes.piece()
        return
      }
      default:
        throw new TypeError(`an operation cannot make a change of kind ${change.kind}`)
    }
  }
}
