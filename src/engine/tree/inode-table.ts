/**
 * The inodes in memory, over the view.
 *
 * Invariants:
 * - There is at most one `Inode` object per number, so all holders see one state.
 * - An inode with changes the view lacks (`unsaved`) or with uncommitted data is never evicted.
 * - `references` counts what frontends hold; an inode without names lives until it is 0.
 */
import type { Ino, InodeRow, MetadataStore } from '../../core/index.ts'
import { Inode } from './inode.ts'

/** Clean inodes kept in memory. At about 400 bytes each this is 20 MB. */
const CLEAN_INODES_MAX = 50_000

/** See the module comment. */
export class InodeTable {
  readonly #store: MetadataStore
  readonly #inodes = new Map<Ino, Inode>()
  readonly #references = new Map<Ino, number>()
  readonly #unsaved = new Set<Inode>()
  #nextIno: number

  constructor(store: MetadataStore) {
    this.#store = store
    this.#nextIno = store.maxIno() + 1
  }

  /** Largest number handed out so far. */
  get maxIno(): Ino {
    return this.#nextIno - 1
  }

  /** Inodes the view does not have yet. */
  get unsavedCount(): number {
    return this.#unsaved.size
  }

  /** Returns the inode, or `undefined` when it does not exist. */
  get(ino: Ino): Inode | undefined {
    const known = this.#inodes.get(ino)
    if (known !== undefined) return known
    const row = this.#store.getInode(ino)
    if (row === undefined) return undefined
    return this.#admit(new Inode(row))
  }

  /** The inode if it is in memory; a row that was just read need not be read again. */
  getOrAdmit(row: InodeRow): Inode {
    return this.#inodes.get(row.ino) ?? this.#admit(new Inode(row))
  }

  /** The inode if it is in memory. */
  peek(ino: Ino): Inode | undefined {
    return this.#inodes.get(ino)
  }

  /** Takes a number for a new inode. */
  allocate(): Ino {
    return this.#nextIno++
  }

  /** Sees to it that a number is not handed out. */
  skip(ino: Ino): void {
    this.#nextIno = Math.max(this.#nextIno, ino + 1)
  }

  /** Adds a new inode. */
  insert(inode: Inode): void {
    this.#admit(inode)
    this.changed(inode)
  }

  /** Gives an inode the state of a row that is newer than the view: replay of a journal. */
  restore(row: Readonly<InodeRow>): void {
    const known = this.get(row.ino)
    if (known === undefined) this.insert(new Inode(row))
    else this.changed(Object.assign(known, row))
    this.skip(row.ino)
  }

  /** Notes that the inode differs from its row in the view. */
  changed(inode: Inode): void {
    if (!inode.unsaved) {
      inode.unsaved = true
      this.#unsaved.add(inode)
    }
  }

  /** Removes an inode that has no names and no references, from memory and view. */
  remove(inode: Inode): void {
    this.#unsaved.delete(inode)
    inode.unsaved = false
    this.#inodes.delete(inode.ino)
    this.#store.deleteInode(inode.ino)
  }

  /** Brings the view up to date, or `limit` rows closer to it. */
  save(limit: number = Number.POSITIVE_INFINITY): void {
    let left = limit
    for (const inode of this.#unsaved) {
      if (left-- <= 0) return
      this.#store.putInode(inode)
      inode.unsaved = false
      this.#unsaved.delete(inode)
    }
  }

  /** Adds a reference. */
  reference(ino: Ino): void {
    this.#references.set(ino, (this.#references.get(ino) ?? 0) + 1)
  }

  /** Takes back references; returns whether none is left. */
  release(ino: Ino, count: number): boolean {
    const left = (this.#references.get(ino) ?? 0) - count
    if (left > 0) {
      this.#references.set(ino, left)
      return false
    }
    this.#references.delete(ino)
    return true
  }

  /** Whether a frontend holds the inode. */
  referenced(ino: Ino): boolean {
    return this.#references.has(ino)
  }

  #admit(inode: Inode): Inode {
    if (this.#inodes.size >= CLEAN_INODES_MAX + this.#unsaved.size) this.#evict()
    this.#inodes.set(inode.ino, inode)
    return inode
  }

  /** Drops an eighth of the clean inodes, oldest first: rarely, so that it costs little per inode. */
  #evict(): void {
    let left = CLEAN_INODES_MAX / 8
    for (const [ino, inode] of this.#inodes) {
      if (inode.unsaved || inode.overlay !== undefined || inode.sealedOverlay !== undefined)
        continue
      this.#inodes.delete(ino)
      if (--left === 0) break
    }
  }
}
