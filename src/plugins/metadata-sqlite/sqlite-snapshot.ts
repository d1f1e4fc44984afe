import type Database from 'better-sqlite3'
import type { MetadataSnapshot } from '../../core/metadata-store.ts'
import type { RowChange } from '../../core/rows.ts'
import { BLOCK_COLUMNS, type BlockCells, blockRow } from './block-table.ts'
import { INODE_COLUMNS, type InodeCells, inodeRow } from './inode-table.ts'
import { PACK_COLUMNS, type PackCells, packRow } from './pack-table.ts'
import { type Cell, Query } from './query.ts'
import { SESSION_COLUMNS, type SessionCells, sessionRow } from './session-row.ts'
import { storeError } from './store-error.ts'

/** Rows read at once. A dump that pauses between two of them holds no statement open. */
const PAGE = 1000

/** Statements of a dump. Each returns the rows behind a key, in order of the key. */
export const dumpStatements = {
  packs: `SELECT ${PACK_COLUMNS} FROM packs WHERE number > ? ORDER BY number LIMIT ${PAGE}`,
  blocks: `SELECT ${BLOCK_COLUMNS} FROM blocks b WHERE b.id > ? ORDER BY b.id LIMIT ${PAGE}`,
  inodes: `SELECT ${INODE_COLUMNS} FROM inodes i WHERE i.ino > ? ORDER BY i.ino LIMIT ${PAGE}`,
  dentries: `SELECT parent, cookie, name, ino FROM dentries INDEXED BY dentries_by_cookie
    WHERE (parent, cookie) > (?, ?) ORDER BY parent, cookie LIMIT ${PAGE}`,
  xattrs: `SELECT ino, name, value FROM xattrs
    WHERE (ino, name) > (?, ?) ORDER BY ino, name LIMIT ${PAGE}`,
  extents: `SELECT ino, offset, length, block, block_offset FROM extents
    WHERE (ino, offset) > (?, ?) ORDER BY ino, offset LIMIT ${PAGE}`,
  session: `SELECT ${SESSION_COLUMNS} FROM session WHERE only = ?`,
} as const

type DentryCells = [parent: number, cookie: number, name: string, ino: number]
type XattrCells = [ino: number, name: string, value: Uint8Array]
type ExtentCells = [ino: number, offset: number, length: number, block: number, blockOffset: number]

/** A read transaction on a connection of its own. While it lasts, the write-ahead log cannot shrink. */
export class SqliteSnapshot implements MetadataSnapshot {
  readonly #database: Database.Database

  /** @param database - inside a transaction; the snapshot closes it */
  constructor(database: Database.Database) {
    this.#database = database
  }

  *dump(): Iterable<RowChange> {
    for (const cells of this.#pages<PackCells>(dumpStatements.packs, [0], (last) => [last[0]])) {
      yield { kind: 'pack', row: packRow(cells) }
    }
    for (const cells of this.#pages<BlockCells>(dumpStatements.blocks, [0], (last) => [last[0]])) {
      yield { kind: 'block', row: blockRow(cells) }
    }
    for (const cells of this.#pages<InodeCells>(dumpStatements.inodes, [0], (last) => [last[0]])) {
      yield { kind: 'inode', row: inodeRow(cells) }
    }
    for (const [parent, , name, ino] of this.#pages<DentryCells>(
      dumpStatements.dentries,
      [0, 0],
      (last) => [last[0], last[1]],
    )) {
      yield { kind: 'dentry', parent, name, ino }
    }
    for (const [ino, name, value] of this.#pages<XattrCells>(
      dumpStatements.xattrs,
      [0, ''],
      (last) => [last[0], last[1]],
    )) {
      yield { kind: 'xattr', row: { ino, name, value } }
    }
    for (const [ino, offset, length, block, blockOffset] of this.#pages<ExtentCells>(
      dumpStatements.extents,
      [0, 0],
      (last) => [last[0], last[1]],
    )) {
      yield { kind: 'extent', row: { ino, offset, length, block, blockOffset } }
    }
    const session = this.#query<SessionCells>(dumpStatements.session).get(0)
    if (session !== undefined) yield { kind: 'session', row: sessionRow(session) }
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  /** Yields all rows of a statement, a page at a time. */
  *#pages<Row extends readonly Cell[]>(
    sql: string,
    first: readonly Cell[],
    key: (last: Row) => readonly Cell[],
  ): Iterable<Row> {
    const query = this.#query<Row>(sql)
    let after = first
    for (;;) {
      const rows = query.all(...after)
      yield* rows
      const last = rows.at(-1)
      if (last === undefined || rows.length < PAGE) return
      after = key(last)
    }
  }

  #query<Row extends readonly Cell[]>(sql: string): Query<Row> {
    return new Query<Row>(this.#database.prepare<Cell[]>(sql), storeError)
  }
}
