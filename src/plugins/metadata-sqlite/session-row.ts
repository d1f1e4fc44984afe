import type { SessionRow } from '../../core/rows.ts'
import type { Connection } from './connection.ts'
import type { Query } from './query.ts'

/** Columns of the session, in the order of {@link SessionCells}. */
export const SESSION_COLUMNS = 'id, host, machine, pid, since_ms, open'

/** {@link SESSION_COLUMNS} as SQLite returns them. */
export type SessionCells = [
  id: string,
  host: string,
  machine: string,
  pid: number,
  sinceMs: number,
  open: number,
]

/** Returns the row that `cells` hold. */
export function sessionRow([id, host, machine, pid, sinceMs, open]: SessionCells): SessionRow {
  return { id, host, machine, pid, sinceMs, open: open === 1 }
}

/** The only row of the table `session`. */
export class StoredSession {
  readonly #select: Query<SessionCells>
  readonly #replace: Query<never>

  constructor(connection: Connection) {
    this.#select = connection.query(`SELECT ${SESSION_COLUMNS} FROM session WHERE only = 0`)
    this.#replace = connection.query(
      `INSERT OR REPLACE INTO session (only, ${SESSION_COLUMNS}) VALUES (0, ?, ?, ?, ?, ?, ?)`,
    )
  }

  /** Returns the newest session. */
  get(): SessionRow | undefined {
    const cells = this.#select.get()
    return cells === undefined ? undefined : sessionRow(cells)
  }

  /** Replaces the newest session. */
  put(row: SessionRow): void {
    this.#replace.run(row.id, row.host, row.machine, row.pid, row.sinceMs, row.open ? 1 : 0)
  }
}
