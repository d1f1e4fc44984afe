import { StratusError } from '../../core/errors.ts'
import type { LocatedExtent } from '../../core/metadata-store.ts'
import type { ExtentRow } from '../../core/rows.ts'
import { type BlockId, type Ino, OFFSET_MAX } from '../../core/units.ts'
import { BLOCK_COLUMNS, type BlockCells, type BlockTable, blockRow } from './block-table.ts'
import type { Connection } from './connection.ts'
import type { Query } from './query.ts'
import type { Totals } from './totals.ts'

/**
 * Condition that an extent `e` touches `[from, to)` of a file, for the parameters of {@link touching}.
 *
 * Extents do not overlap, so of those that start at or before `from` only the last can reach into
 * the range: the search starts there.
 */
const TOUCHES = `e.ino = ? AND e.offset < ? AND e.offset >= coalesce(
  (SELECT offset FROM extents WHERE ino = ? AND offset <= ? ORDER BY offset DESC LIMIT 1), 0)
  AND e.offset + e.length > ?`

/** Extents removed by one round of {@link ExtentTable.clear}: bounds its memory for huge files. */
const ROUND = 1000

type LocatedCells = [
  ...BlockCells,
  blockMissing: number,
  offset: number,
  length: number,
  blockOffset: number,
]

/** The table `extents`. Keeps the reference counts of blocks. */
export class ExtentTable {
  readonly #totals: Totals
  readonly #blocks: BlockTable
  readonly #selectLocated: Query<LocatedCells>
  readonly #select: Query<[offset: number, length: number, block: number, blockOffset: number]>
  readonly #insert: Query<never>
  readonly #shorten: Query<never>
  readonly #delete: Query<never>

  constructor(connection: Connection, totals: Totals, blocks: BlockTable) {
    this.#totals = totals
    this.#blocks = blocks
    this.#selectLocated = connection.query(
      `SELECT ${BLOCK_COLUMNS}, b.id IS NULL, e.offset, e.length, e.block_offset
       FROM extents e LEFT JOIN blocks b ON b.id = e.block WHERE ${TOUCHES} ORDER BY e.offset`,
    )
    this.#select = connection.query(
      `SELECT e.offset, e.length, e.block, e.block_offset
       FROM extents e WHERE ${TOUCHES} ORDER BY e.offset LIMIT ${ROUND}`,
    )
    this.#insert = connection.query(
      'INSERT INTO extents (ino, offset, length, block, block_offset) VALUES (?, ?, ?, ?, ?)',
    )
    this.#shorten = connection.query('UPDATE extents SET length = ? WHERE ino = ? AND offset = ?')
    this.#delete = connection.query('DELETE FROM extents WHERE ino = ? AND offset = ?')
  }

  /**
   * Returns the extents that touch `[from, to)` with their blocks, in order.
   *
   * @throws StratusError `DATA_CORRUPT` when a block is missing: leaving its extent out would
   *   pass for a hole
   */
  located(ino: Ino, from: number, to: number): LocatedExtent[] {
    return this.#selectLocated.all(...touching(ino, from, to)).map((cells) => {
      const [missing, offset, length, blockOffset] = [cells[8], cells[9], cells[10], cells[11]]
      if (missing === 1) {
        throw new StratusError('DATA_CORRUPT', 'an extent refers to a block that is missing', {
          details: { ino, offset },
        })
      }
      const block = blockRow(cells)
      return { extent: { ino, offset, length, block: block.id, blockOffset }, block }
    })
  }

  /** Maps a range, over whatever was there. */
  put(row: ExtentRow): void {
    this.clear(row.ino, row.offset, row.length)
    this.#add(row.ino, row.offset, row.length, row.block, row.blockOffset)
  }

  /** Unmaps a range: removes, shortens or splits what touches it. */
  clear(ino: Ino, offset: number, length: number): void {
    const to = length < OFFSET_MAX - offset ? offset + length : OFFSET_MAX
    let touched: number
    do {
      const rows = this.#select.all(...touching(ino, offset, to))
      for (const row of rows) this.#cut(ino, row, offset, to)
      touched = rows.length
    } while (touched === ROUND)
  }

  /** Takes `[from, to)` out of one extent that touches it. */
  #cut(
    ino: Ino,
    [offset, length, block, blockOffset]: readonly [number, number, number, number],
    from: number,
    to: number,
  ): void {
    const end = offset + length
    // The tail first: while it is added, the block must not look dead.
    if (end > to) this.#add(ino, to, end - to, block, blockOffset + (to - offset))
    if (offset < from) {
      this.#shorten.run(from - offset, ino, offset)
    } else {
      this.#delete.run(ino, offset)
      this.#totals.extents -= 1
      this.#blocks.refer(block, -1)
    }
  }

  #add(ino: Ino, offset: number, length: number, block: BlockId, blockOffset: number): void {
    this.#blocks.refer(block, 1)
    this.#insert.run(ino, offset, length, block, blockOffset)
    this.#totals.extents += 1
  }
}

/** Parameters of {@link TOUCHES}. */
function touching(
  ino: Ino,
  from: number,
  to: number,
): [ino: number, to: number, ino: number, from: number, from: number] {
  return [ino, to, ino, from, from]
}
