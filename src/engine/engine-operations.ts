/** The engine's side of the contract with frontends: thin, the work is in `ops/`. */
import {
  type AttributeChange,
  type ByteString,
  type Caller,
  type DirectorySink,
  type Ino,
  type InodeView,
  type MaybePromise,
  NAME_BYTES_MAX,
  type Operations,
  type StatFs,
  StratusError,
} from '../core/index.ts'
import type { Admission } from './admission.ts'
import type { BlockReader } from './blocks/block-reader.ts'
import type { Committer } from './commit/committer.ts'
import { mkdir, mknod, symlink } from './ops/create.ts'
import { link } from './ops/link.ts'
import { forget, lookup, readlink } from './ops/lookup.ts'
import { read } from './ops/read.ts'
import { readdir } from './ops/readdir.ts'
import { rmdir, unlink } from './ops/remove.ts'
import { rename } from './ops/rename.ts'
import { setattr } from './ops/setattr.ts'
import { write } from './ops/write.ts'
import { getxattr, listxattr, removexattr, setxattr } from './ops/xattr.ts'
import type { Volume } from './tree/volume.ts'

/**
 * Size that `statfs` reports at least, bytes: a bucket has no limit, and programs that look for room
 * should find it.
 */
const CAPACITY_BYTES_MIN = 1024 ** 4

/** Unit of `statfs`, bytes. */
const STATFS_BLOCK_BYTES = 4096

/** See the module comment. */
export class EngineOperations implements Operations {
  readonly #volume: Volume
  readonly #blocks: BlockReader
  readonly #committer: Committer
  readonly #admission: Admission
  readonly #fsyncCloud: boolean

  constructor(
    volume: Volume,
    blocks: BlockReader,
    committer: Committer,
    admission: Admission,
    fsyncCloud: boolean,
  ) {
    this.#volume = volume
    this.#blocks = blocks
    this.#committer = committer
    this.#admission = admission
    this.#fsyncCloud = fsyncCloud
  }

  lookup(parent: Ino, name: ByteString): InodeView {
    return lookup(this.#volume, parent, name)
  }

  remember(ino: Ino): void {
    this.#volume.inodes.reference(ino)
  }

  forget(ino: Ino, count: number): void {
    if (forget(this.#volume, ino, count)) this.#committer.touched()
  }

  getattr(ino: Ino): InodeView {
    return this.#volume.inode(ino)
  }

  setattr(ino: Ino, change: AttributeChange, caller: Caller): MaybePromise<InodeView> {
    return this.#change(() => setattr(this.#volume, this.#volume.inode(ino), change, caller))
  }

  readlink(ino: Ino): ByteString {
    return readlink(this.#volume, ino)
  }

  mknod(
    parent: Ino,
    name: ByteString,
    mode: number,
    rdev: number,
    caller: Caller,
  ): MaybePromise<InodeView> {
    return this.#change(() => mknod(this.#volume, parent, name, mode, rdev, caller))
  }

  mkdir(parent: Ino, name: ByteString, mode: number, caller: Caller): MaybePromise<InodeView> {
    return this.#change(() => mkdir(this.#volume, parent, name, mode, caller))
  }

  symlink(
    parent: Ino,
    name: ByteString,
    target: ByteString,
    caller: Caller,
  ): MaybePromise<InodeView> {
    return this.#change(() => symlink(this.#volume, parent, name, target, caller))
  }

  link(ino: Ino, parent: Ino, name: ByteString): MaybePromise<InodeView> {
    return this.#change(() => link(this.#volume, ino, parent, name))
  }

  unlink(parent: Ino, name: ByteString): MaybePromise<void> {
    return this.#change(() => unlink(this.#volume, parent, name))
  }

  rmdir(parent: Ino, name: ByteString): MaybePromise<void> {
    return this.#change(() => rmdir(this.#volume, parent, name))
  }

  rename(
    parent: Ino,
    name: ByteString,
    newParent: Ino,
    newName: ByteString,
    flags: number,
  ): MaybePromise<void> {
    return this.#change(() => rename(this.#volume, parent, name, newParent, newName, flags))
  }

  read(ino: Ino, offset: number, target: Uint8Array): MaybePromise<number> {
    return read(this.#volume, this.#blocks, this.#volume.inode(ino), offset, target)
  }

  write(ino: Ino, offset: number, data: Uint8Array, flags: number): MaybePromise<void> {
    return this.#change(() => write(this.#volume, this.#volume.inode(ino), offset, data, flags))
  }

  async fsync(_ino: Ino): Promise<void> {
    await this.settle()
    if (!this.#fsyncCloud) {
      try {
        await this.#volume.journal.sync()
        return
      } catch (cause) {
        // A disk that cannot keep it leaves the bucket.
        if (!(cause instanceof StratusError)) throw cause
      }
    }
    await this.#committer.flush()
  }

  readdir(ino: Ino, after: number, sink: DirectorySink): void {
    readdir(this.#volume, ino, after, sink)
  }

  getxattr(ino: Ino, name: ByteString, _caller: Caller): Uint8Array {
    return getxattr(this.#volume, ino, name)
  }

  listxattr(ino: Ino): ByteString[] {
    return listxattr(this.#volume, ino)
  }

  setxattr(
    ino: Ino,
    name: ByteString,
    value: Uint8Array,
    flags: number,
    _caller: Caller,
  ): MaybePromise<void> {
    return this.#change(() => setxattr(this.#volume, ino, name, value, flags))
  }

  removexattr(ino: Ino, name: ByteString, _caller: Caller): MaybePromise<void> {
    return this.#change(() => removexattr(this.#volume, ino, name))
  }

  statfs(): StatFs {
    // The totals are those of the view.
    if (this.#volume.frozen === undefined) this.#volume.inodes.save()
    const totals = this.#volume.store.totals()
    const usedBytes = totals.fileBytes
    // Always at least half free, as there is no limit to tell.
    const capacityBytes = Math.max(CAPACITY_BYTES_MIN, usedBytes * 2)
    const inodes = Math.max(1_000_000, totals.inodes * 2)
    return {
      blockBytes: STATFS_BLOCK_BYTES,
      blocks: Math.ceil(capacityBytes / STATFS_BLOCK_BYTES),
      blocksFree: Math.floor((capacityBytes - usedBytes) / STATFS_BLOCK_BYTES),
      inodes,
      inodesFree: inodes - totals.inodes,
      nameBytesMax: NAME_BYTES_MAX,
    }
  }

  settle(): MaybePromise<void> {
    return this.#admission.settle()
  }

  /** Runs an operation that adds to the journal, at once or when there is room. */
  #change<T>(operation: () => T): MaybePromise<T> {
    const wait = this.#admission.wait()
    if (wait !== undefined) return wait.then(() => this.#change(operation))
    const result = operation()
    this.#committer.touched()
    return result
  }
}
