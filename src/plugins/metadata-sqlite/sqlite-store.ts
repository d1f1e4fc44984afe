import type {
  DentryWithInode,
  LocatedExtent,
  MetadataSnapshot,
  MetadataStore,
  ViewPosition,
  ViewTotals,
} from '../../core/metadata-store.ts'
import type {
  BlockRow,
  ExtentRow,
  InodeRow,
  PackRow,
  SessionRow,
  XattrRow,
} from '../../core/rows.ts'
import type { BlockId, ByteString, Ino, PackNumber } from '../../core/units.ts'
import { BlockTable } from './block-table.ts'
import type { Connection } from './connection.ts'
import { DentryTable } from './dentry-table.ts'
import { ExtentTable } from './extent-table.ts'
import { InodeTable } from './inode-table.ts'
import { PackTable } from './pack-table.ts'
import type { Query } from './query.ts'
import { StoredSession } from './session-row.ts'
import { SqliteSnapshot } from './sqlite-snapshot.ts'
import { StoredPosition } from './stored-position.ts'
import { Totals } from './totals.ts'
import { XattrTable } from './xattr-table.ts'

const tables = ['inodes', 'dentries', 'xattrs', 'packs', 'blocks', 'extents', 'session', 'position']

/**
 * A view in one SQLite database.
 *
 * Every change goes into one transaction that stays open from commit to commit. What a call costs is
 * then a few descents in pages that are in memory; the disk is touched by `commit` and by reads of
 * pages that were not used lately.
 */
export class SqliteStore implements MetadataStore {
  readonly #connection: Connection
  readonly #totals: Totals
  readonly #inodes: InodeTable
  readonly #dentries: DentryTable
  readonly #xattrs: XattrTable
  readonly #packs: PackTable
  readonly #blocks: BlockTable
  readonly #extents: ExtentTable
  readonly #session: StoredSession
  readonly #stored: StoredPosition
  readonly #clear: readonly Query<never>[]
  #position: ViewPosition | undefined

  /** @param connection - closed together with the store */
  constructor(connection: Connection) {
    this.#connection = connection
    this.#totals = new Totals(connection)
    this.#inodes = new InodeTable(connection, this.#totals)
    this.#dentries = new DentryTable(connection, this.#totals)
    this.#xattrs = new XattrTable(connection)
    this.#packs = new PackTable(connection, this.#totals)
    this.#blocks = new BlockTable(connection, this.#totals)
    this.#extents = new ExtentTable(connection, this.#totals, this.#blocks)
    this.#session = new StoredSession(connection)
    this.#stored = new StoredPosition(connection)
    this.#clear = tables.map((table) => connection.query(`DELETE FROM ${table}`))
    this.#position = this.#stored.get()
  }

  position(): ViewPosition | undefined {
    return this.#position
  }

  commit(position: ViewPosition): void {
    this.#totals.save()
    this.#stored.put(position)
    this.#connection.commit()
    this.#position = { ...position }
  }

  clear(): void {
    for (const query of this.#clear) query.run()
    this.#totals.reset()
    this.#totals.save()
    this.#connection.commit()
    this.#position = undefined
  }

  getInode(ino: Ino): InodeRow | undefined {
    return this.#inodes.get(ino)
  }

  putInode(row: Readonly<InodeRow>): void {
    this.#inodes.put(row)
  }

  deleteInode(ino: Ino): void {
    this.#inodes.delete(ino)
    this.#xattrs.deleteAll(ino)
  }

  maxIno(): Ino {
    return this.#inodes.max()
  }

  orphans(): Ino[] {
    return this.#inodes.orphans()
  }

  getDentry(parent: Ino, name: ByteString): Ino | undefined {
    return this.#dentries.get(parent, name)
  }

  putDentry(parent: Ino, name: ByteString, ino: Ino): void {
    this.#dentries.put(parent, name, ino)
  }

  deleteDentry(parent: Ino, name: ByteString): void {
    this.#dentries.delete(parent, name)
  }

  hasDentries(parent: Ino): boolean {
    return this.#dentries.any(parent)
  }

  listDentries(parent: Ino, after: number, limit: number): DentryWithInode[] {
    return this.#dentries.list(parent, after, limit)
  }

  getXattr(ino: Ino, name: ByteString): Uint8Array | undefined {
    return this.#xattrs.get(ino, name)
  }

  putXattr(row: XattrRow): void {
    this.#xattrs.put(row)
  }

  deleteXattr(ino: Ino, name: ByteString): void {
    this.#xattrs.delete(ino, name)
  }

  listXattrs(ino: Ino): ByteString[] {
    return this.#xattrs.names(ino)
  }

  extents(ino: Ino, from: number, to: number): LocatedExtent[] {
    return this.#extents.located(ino, from, to)
  }

  putExtent(row: ExtentRow): void {
    this.#extents.put(row)
  }

  clearExtents(ino: Ino, offset: number, length: number): void {
    this.#extents.clear(ino, offset, length)
  }

  getBlock(id: BlockId): BlockRow | undefined {
    return this.#blocks.get(id)
  }

  putBlock(row: BlockRow): void {
    this.#blocks.put(row)
  }

  deleteBlock(id: BlockId): void {
    this.#blocks.delete(id)
  }

  findBlock(digest: Uint8Array): BlockId | undefined {
    return this.#blocks.find(digest)
  }

  maxBlock(): BlockId {
    return this.#totals.maxBlock
  }

  deadBlocks(limit: number): BlockRow[] {
    return this.#blocks.dead(limit)
  }

  blocksOfPack(pack: PackNumber, from: number, to: number): BlockRow[] {
    return this.#blocks.ofPack(pack, from, to)
  }

  getPack(pack: PackNumber): PackRow | undefined {
    return this.#packs.get(pack)
  }

  putPack(row: PackRow): void {
    this.#packs.put(row)
  }

  deletePack(pack: PackNumber): void {
    this.#packs.delete(pack)
  }

  /** Largest pack number ever stored in this view, at least 0. */
  maxPack(): PackNumber {
    return this.#totals.maxPack
  }

  packs(): PackRow[] {
    return this.#packs.all()
  }

  getSession(): SessionRow | undefined {
    return this.#session.get()
  }

  putSession(row: SessionRow): void {
    this.#session.put(row)
  }

  totals(): ViewTotals {
    const { inodes, dentries, extents, blocks, packs } = this.#totals
    const { fileBytes, plainBytes, storedBytes } = this.#totals
    return { inodes, dentries, extents, blocks, packs, fileBytes, plainBytes, storedBytes }
  }

  snapshot(): MetadataSnapshot {
    return new SqliteSnapshot(this.#connection.openSnapshot())
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]()
  }
}
