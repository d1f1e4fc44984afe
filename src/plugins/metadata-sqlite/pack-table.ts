import type { PackRow } from '../../core/rows.ts'
import type { PackNumber } from '../../core/units.ts'
import type { Connection } from './connection.ts'
import type { Query } from './query.ts'
import type { Totals } from './totals.ts'

/** Columns of a pack, in the order of {@link PackCells}. */
export const PACK_COLUMNS = 'number, id, container, container_offset, size_bytes'

/** {@link PACK_COLUMNS} as SQLite returns them. */
export type PackCells = [
  number: number,
  id: Uint8Array,
  container: number,
  containerOffset: number,
  sizeBytes: number,
]

/** Returns the row that `cells` hold. */
export function packRow([number, id, container, containerOffset, sizeBytes]: PackCells): PackRow {
  return { number, id, container, containerOffset, sizeBytes }
}

/** The table `packs`. */
export class PackTable {
  readonly #totals: Totals
  readonly #select: Query<PackCells>
  readonly #selectAll: Query<PackCells>
  readonly #insert: Query<never>
  readonly #update: Query<never>
  readonly #delete: Query<never>

  constructor(connection: Connection, totals: Totals) {
    this.#totals = totals
    this.#select = connection.query(`SELECT ${PACK_COLUMNS} FROM packs WHERE number = ?`)
    this.#selectAll = connection.query(`SELECT ${PACK_COLUMNS} FROM packs ORDER BY number`)
    this.#insert = connection.query(
      `INSERT INTO packs (${PACK_COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    this.#update = connection.query(
      `UPDATE packs SET id = ?, container = ?, container_offset = ?, size_bytes = ?
       WHERE number = ?`,
    )
    this.#delete = connection.query('DELETE FROM packs WHERE number = ?')
  }

  /** Returns one pack. */
  get(pack: PackNumber): PackRow | undefined {
    const cells = this.#select.get(pack)
    return cells === undefined ? undefined : packRow(cells)
  }

  /** Inserts or replaces a pack. */
  put(row: PackRow): void {
    const { number, id, container, containerOffset, sizeBytes } = row
    if (this.#insert.run(number, id, container, containerOffset, sizeBytes) === 1) {
      this.#totals.packs += 1
      this.#totals.maxPack = Math.max(this.#totals.maxPack, number)
    } else {
      this.#update.run(id, container, containerOffset, sizeBytes, number)
    }
  }

  /** Removes a pack. */
  delete(pack: PackNumber): void {
    this.#totals.packs -= this.#delete.run(pack)
  }

  /** All packs, by number. */
  all(): PackRow[] {
    return this.#selectAll.all().map(packRow)
  }
}
