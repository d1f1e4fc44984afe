import { StratusError } from '../../core/errors.ts'
import type { BlockRow } from '../../core/rows.ts'
import type { BlockId, PackNumber } from '../../core/units.ts'
import type { Connection } from './connection.ts'
import type { Query } from './query.ts'
import type { Totals } from './totals.ts'

/** Columns of a block, in the order of {@link BlockCells}. */
export const BLOCK_COLUMNS = `b.id, b.digest, b.pack, b.record, b.offset, b.stored_bytes, b.plain_bytes,
  b.compressor`

/** {@link BLOCK_COLUMNS} as SQLite returns them. */
export type BlockCells = [
  id: number,
  digest: Uint8Array,
  pack: number,
  record: number,
  offset: number,
  storedBytes: number,
  plainBytes: number,
  compressor: number,
]

/** Returns the row that starts `cells`. */
export function blockRow(cells: readonly [...BlockCells, ...unknown[]]): BlockRow {
  return {
    id: cells[0],
    digest: cells[1],
    pack: cells[2],
    record: cells[3],
    offset: cells[4],
    storedBytes: cells[5],
    plainBytes: cells[6],
    compressor: cells[7],
  }
}

/** The table `blocks`. */
export class BlockTable {
  readonly #totals: Totals
  readonly #select: Query<BlockCells>
  readonly #selectByDigest: Query<[id: number]>
  readonly #selectDead: Query<BlockCells>
  readonly #selectOfPack: Query<BlockCells>
  readonly #selectForChange: Query<[storedBytes: number, plainBytes: number, refs: number]>
  readonly #insert: Query<never>
  readonly #update: Query<never>
  readonly #refer: Query<never>
  readonly #delete: Query<never>

  constructor(connection: Connection, totals: Totals) {
    this.#totals = totals
    this.#select = connection.query(`SELECT ${BLOCK_COLUMNS} FROM blocks b WHERE b.id = ?`)
    this.#selectByDigest = connection.query(
      `SELECT id FROM blocks INDEXED BY blocks_by_digest WHERE digest = ? ORDER BY id LIMIT 1`,
    )
    this.#selectDead = connection.query(
      `SELECT ${BLOCK_COLUMNS} FROM blocks b INDEXED BY blocks_dead
       WHERE b.refs = 0 ORDER BY b.id LIMIT ?`,
    )
    this.#selectOfPack = connection.query(
      `SELECT ${BLOCK_COLUMNS} FROM blocks b INDEXED BY blocks_by_place
       WHERE b.pack = ? AND b.offset >= ? AND b.offset < ? ORDER BY b.offset`,
    )
    this.#selectForChange = connection.query(
      'SELECT stored_bytes, plain_bytes, refs FROM blocks WHERE id = ?',
    )
    this.#insert = connection.query(
      `INSERT INTO blocks (id, digest, pack, record, offset, stored_bytes, plain_bytes, compressor)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#update = connection.query(
      `UPDATE blocks SET digest = ?, pack = ?, record = ?, offset = ?, stored_bytes = ?,
       plain_bytes = ?, compressor = ? WHERE id = ?`,
    )
    this.#refer = connection.query('UPDATE blocks SET refs = refs + ? WHERE id = ?')
    this.#delete = connection.query('DELETE FROM blocks WHERE id = ?')
  }

  /** Returns one block. */
  get(id: BlockId): BlockRow | undefined {
    const cells = this.#select.get(id)
    return cells === undefined ? undefined : blockRow(cells)
  }

  /** Returns the oldest block with this digest. */
  find(digest: Uint8Array): BlockId | undefined {
    return this.#selectByDigest.get(digest)?.[0]
  }

  /** Inserts a block, or replaces all but its count of references. */
  put(row: BlockRow): void {
    const old = row.id > this.#totals.maxBlock ? undefined : this.#selectForChange.get(row.id)
    const { id, digest, pack, record, offset, storedBytes, plainBytes, compressor } = row
    if (old === undefined) {
      this.#insert.run(id, digest, pack, record, offset, storedBytes, plainBytes, compressor)
      this.#count(1, storedBytes, plainBytes)
      this.#totals.maxBlock = Math.max(this.#totals.maxBlock, id)
    } else {
      this.#update.run(digest, pack, record, offset, storedBytes, plainBytes, compressor, id)
      this.#count(0, storedBytes - old[0], plainBytes - old[1])
    }
  }

  /** @throws StratusError `DATA_CORRUPT` when an extent still refers to the block */
  delete(id: BlockId): void {
    const old = this.#selectForChange.get(id)
    if (old === undefined) return
    const [storedBytes, plainBytes, refs] = old
    if (refs > 0) {
      throw new StratusError('DATA_CORRUPT', 'a block is in use and cannot go', {
        details: { block: id, refs },
      })
    }
    this.#delete.run(id)
    this.#count(-1, -storedBytes, -plainBytes)
  }

  /**
   * Counts extents that came or went.
   *
   * @throws StratusError `DATA_CORRUPT` when there is no such block
   */
  refer(id: BlockId, difference: number): void {
    if (this.#refer.run(difference, id) === 0) {
      throw new StratusError('DATA_CORRUPT', 'an extent refers to a block that is missing', {
        details: { block: id },
      })
    }
  }

  /** Returns up to `limit` blocks without an extent, by number. */
  dead(limit: number): BlockRow[] {
    return this.#selectDead.all(limit).map(blockRow)
  }

  /** Returns the blocks of a pack that start in `[from, to)`, in that order. */
  ofPack(pack: PackNumber, from: number, to: number): BlockRow[] {
    return this.#selectOfPack.all(pack, from, to).map(blockRow)
  }

  #count(blocks: number, storedBytes: number, plainBytes: number): void {
    this.#totals.blocks += blocks
    this.#totals.storedBytes += storedBytes
    this.#totals.plainBytes += plainBytes
  }
}
