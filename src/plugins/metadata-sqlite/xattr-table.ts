import type { XattrRow } from '../../core/rows.ts'
import type { ByteString, Ino } from '../../core/units.ts'
import type { Connection } from './connection.ts'
import type { Query } from './query.ts'

/** The table `xattrs`. */
export class XattrTable {
  readonly #select: Query<[value: Uint8Array]>
  readonly #selectNames: Query<[name: string]>
  readonly #upsert: Query<never>
  readonly #delete: Query<never>
  readonly #deleteAll: Query<never>

  constructor(connection: Connection) {
    this.#select = connection.query('SELECT value FROM xattrs WHERE ino = ? AND name = ?')
    this.#selectNames = connection.query('SELECT name FROM xattrs WHERE ino = ? ORDER BY name')
    this.#upsert = connection.query(
      `INSERT INTO xattrs (ino, name, value) VALUES (?, ?, ?)
       ON CONFLICT (ino, name) DO UPDATE SET value = excluded.value`,
    )
    this.#delete = connection.query('DELETE FROM xattrs WHERE ino = ? AND name = ?')
    this.#deleteAll = connection.query('DELETE FROM xattrs WHERE ino = ?')
  }

  /** Returns the value of an attribute. */
  get(ino: Ino, name: ByteString): Uint8Array | undefined {
    return this.#select.get(ino, name)?.[0]
  }

  /** Inserts or replaces an attribute. */
  put(row: XattrRow): void {
    this.#upsert.run(row.ino, row.name, row.value)
  }

  /** Removes an attribute. */
  delete(ino: Ino, name: ByteString): void {
    this.#delete.run(ino, name)
  }

  /** Removes all attributes of an inode. */
  deleteAll(ino: Ino): void {
    this.#deleteAll.run(ino)
  }

  /** Names of an inode's attributes, in byte order. */
  names(ino: Ino): ByteString[] {
    return this.#selectNames.all(ino).map(([name]) => name)
  }
}
