import type {
  BlockRow,
  DentryRow,
  ExtentRow,
  InodeRow,
  PackRow,
  RowChange,
  SessionRow,
  XattrRow,
} from './rows.ts'
import { type Token, token } from './token.ts'
import type { BlockId, ByteString, Ino, PackNumber, Sequence } from './units.ts'

/** How far a view has come. Stored in the transaction that makes it true. */
export interface ViewPosition {
  /** Newest commit whose data changes (extents, blocks, packs) the view holds. */
  readonly sequence: Sequence
  /** SHA-256 of that commit's log object, hexadecimal; of the superblock's id for commit 0. */
  readonly hash: string
  /** Journal position up to which metadata changes are in the view. */
  readonly journalApplied: number
  /** Journal position that commit `sequence` covers: what lies behind it is not in the bucket yet. */
  readonly journalCommitted: number
  /** Id of the journal that the positions belong to, hexadecimal; empty when there is none. */
  readonly journal: string
}

/** A directory entry together with its inode. */
export interface DentryWithInode {
  readonly dentry: DentryRow
  readonly inode: InodeRow
}

/** An extent together with what is needed to fetch its block. */
export interface LocatedExtent {
  readonly extent: ExtentRow
  readonly block: BlockRow
}

/** Totals of a view. */
export interface ViewTotals {
  readonly inodes: number
  readonly dentries: number
  readonly extents: number
  readonly blocks: number
  readonly packs: number
  /** Sum of the sizes of regular files. */
  readonly fileBytes: number
  /** Sum of the plaintext sizes of all blocks: what is left after deduplication. */
  readonly plainBytes: number
  /** Sum of the sealed sizes of all blocks: what is left after compression. */
  readonly storedBytes: number
}

/** A frozen image of a view. */
export interface MetadataSnapshot extends Disposable {
  /**
   * Yields every row as changes that rebuild the view from nothing when they are applied in order:
   * packs, blocks, inodes, dentries (by directory and cookie), xattrs, extents, session.
   */
  dump(): Iterable<RowChange>
}

/**
 * Holds the view: the tables as they stand now.
 *
 * - **One writer.** All calls come from one thread and are synchronous.
 * - **Own changes are seen.** Reads see every change made before them, committed or not. [MS-01]
 * - **All or nothing.** `commit` makes everything since the previous `commit` permanent, together with
 *   the position; after a crash the store is as some `commit` left it. [MS-02, MS-03]
 * - **Row order.** `listDentries` goes by cookie, `extents` by offset. [MS-04, MS-05]
 * - **Extents never overlap.** `putExtent` trims or splits what lay in its range, `clearExtents` likewise; an
 *   extent that is split keeps pointing at the right bytes of its block. [MS-06]
 * - **References are counted.** A block that no extent refers to is listed by `deadBlocks`, and no
 *   other. [MS-07]
 *
 * The rows handed out belong to the caller; the store keeps no reference to rows it was given.
 */
export interface MetadataStore extends Disposable {
  /** How far the view has come, as of the last {@link MetadataStore.commit}. Undefined in a new store. */
  position(): ViewPosition | undefined
  /** Makes all changes permanent, with the position they lead to. */
  commit(position: ViewPosition): void
  /** Drops all rows and the position, durably. */
  clear(): void

  /** Returns an inode, or `undefined` when there is none. */
  getInode(ino: Ino): InodeRow | undefined
  /** Inserts an inode or replaces it. */
  putInode(row: Readonly<InodeRow>): void
  /** Removes the inode and its xattrs, not its extents. */
  deleteInode(ino: Ino): void
  /** Largest inode number in the view, at least 1. */
  maxIno(): Ino
  /** Inodes whose `nlink` is 0. */
  orphans(): Ino[]

  /** Returns what a name refers to, or `undefined` when the directory has no such entry. */
  getDentry(parent: Ino, name: ByteString): Ino | undefined
  /** Inserts an entry or points it at another inode; a new or changed entry gets a new cookie. */
  putDentry(parent: Ino, name: ByteString, ino: Ino): void
  /** Removes an entry. One that is absent is ignored. */
  deleteDentry(parent: Ino, name: ByteString): void
  /** Whether a directory has any entry. */
  hasDentries(parent: Ino): boolean
  /** Up to `limit` entries with a cookie above `after`, by cookie. Entries without inode are left out. */
  listDentries(parent: Ino, after: number, limit: number): DentryWithInode[]

  /** Returns the value of an xattr, or `undefined` when the inode has none of that name. */
  getXattr(ino: Ino, name: ByteString): Uint8Array | undefined
  /** Inserts an xattr or replaces its value. */
  putXattr(row: XattrRow): void
  /** Removes an xattr. One that is absent is ignored. */
  deleteXattr(ino: Ino, name: ByteString): void
  /** Names of the inode's xattrs, in byte order. */
  listXattrs(ino: Ino): ByteString[]

  /** Extents that touch `[from, to)`, by offset, whole. */
  extents(ino: Ino, from: number, to: number): LocatedExtent[]
  /** Maps a range, over whatever was there. The block must be in the store. */
  putExtent(row: ExtentRow): void
  /** Unmaps `[offset, offset + length)`. */
  clearExtents(ino: Ino, offset: number, length: number): void

  /** Returns a block, or `undefined` when there is none. */
  getBlock(id: BlockId): BlockRow | undefined
  /** Inserts the block or replaces its location. */
  putBlock(row: BlockRow): void
  /** Removes a block that no extent refers to. */
  deleteBlock(id: BlockId): void
  /** Returns the block with this digest, or `undefined` when there is none. */
  findBlock(digest: Uint8Array): BlockId | undefined
  /** Largest block number ever stored in this view, at least 0. */
  maxBlock(): BlockId
  /** Up to `limit` blocks without an extent, by id. */
  deadBlocks(limit: number): BlockRow[]
  /** Blocks of a pack with `offset` in `[from, to)`, by offset. */
  blocksOfPack(pack: PackNumber, from: number, to: number): BlockRow[]

  /** Returns a pack, or `undefined` when there is none. */
  getPack(pack: PackNumber): PackRow | undefined
  /** Inserts a pack or replaces it. */
  putPack(row: PackRow): void
  /** Removes a pack. */
  deletePack(pack: PackNumber): void
  /** Largest pack number ever stored in this view, at least 0. */
  maxPack(): PackNumber
  /** All packs, by number. */
  packs(): PackRow[]

  /** Returns the newest session on record, or `undefined` before the first. */
  getSession(): SessionRow | undefined
  /** Replaces the newest session on record. */
  putSession(row: SessionRow): void

  /** Returns the totals of the view. Cheap enough for every statfs(2). */
  totals(): ViewTotals

  /**
   * Opens a frozen image of the view as the last `commit` left it. Later changes do not show in it, and
   * it must be disposed of before the store. [MS-08]
   */
  snapshot(): MetadataSnapshot
}

/** Token of the contract {@link MetadataStore}. */
export const MetadataStore: Token<MetadataStore> = token('MetadataStore')
