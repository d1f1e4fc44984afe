import type { DentryWithInode } from '../../core/metadata-store.ts'
import type { ByteString, Ino } from '../../core/units.ts'
import type { Connection } from './connection.ts'
import { INODE_COLUMNS, type InodeCells, inodeRow } from './inode-table.ts'
import type { Query } from './query.ts'
import type { Totals } from './totals.ts'

/** The table `dentries`. */
export class DentryTable {
  readonly #totals: Totals
  readonly #select: Query<[ino: number]>
  readonly #selectAny: Query<[ino: number]>
  readonly #selectWithInodes: Query<[...InodeCells, name: string, cookie: number]>
  readonly #insert: Query<never>
  readonly #redirect: Query<never>
  readonly #delete: Query<never>

  constructor(connection: Connection, totals: Totals) {
    this.#totals = totals
    this.#select = connection.query('SELECT ino FROM dentries WHERE parent = ? AND name = ?')
    this.#selectAny = connection.query('SELECT ino FROM dentries WHERE parent = ? LIMIT 1')
    this.#selectWithInodes = connection.query(
      `SELECT ${INODE_COLUMNS}, d.name, d.cookie
       FROM dentries d INDEXED BY dentries_by_cookie CROSS JOIN inodes i ON i.ino = d.ino
       WHERE d.parent = ? AND d.cookie > ? ORDER BY d.cookie LIMIT ?`,
    )
    this.#insert = connection.query(
      `INSERT INTO dentries (parent, name, ino, cookie) VALUES (?, ?, ?, ?)
       ON CONFLICT (parent, name) DO NOTHING`,
    )
    this.#redirect = connection.query(
      'UPDATE dentries SET ino = ?, cookie = ? WHERE parent = ? AND name = ? AND ino <> ?',
    )
    this.#delete = connection.query('DELETE FROM dentries WHERE parent = ? AND name = ?')
  }

  /** Returns what a name stands for. */
  get(parent: Ino, name: ByteString): Ino | undefined {
    return this.#select.get(parent, name)?.[0]
  }

  /** Inserts an entry or points it at another inode. One that stays as it is keeps its cookie. */
  put(parent: Ino, name: ByteString, ino: Ino): void {
    const cookie = this.#totals.cookie + 1
    if (this.#insert.run(parent, name, ino, cookie) === 1) {
      this.#totals.cookie = cookie
      this.#totals.dentries += 1
    } else if (this.#redirect.run(ino, cookie, parent, name, ino) === 1) {
      this.#totals.cookie = cookie
    }
  }

  /** Removes an entry. */
  delete(parent: Ino, name: ByteString): void {
    this.#totals.dentries -= this.#delete.run(parent, name)
  }

  /** Tells whether a directory has entries. */
  any(parent: Ino): boolean {
    return this.#selectAny.get(parent) !== undefined
  }

  /** Returns up to `limit` entries behind the cookie `after`. */
  list(parent: Ino, after: number, limit: number): DentryWithInode[] {
    return this.#selectWithInodes.all(parent, after, limit).map((cells) => ({
      dentry: { parent, name: cells[17], ino: cells[0], cookie: cells[18] },
      inode: inodeRow(cells),
    }))
  }
}
