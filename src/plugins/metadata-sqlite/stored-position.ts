import type { ViewPosition } from '../../core/metadata-store.ts'
import type { Connection } from './connection.ts'
import type { Query } from './query.ts'

/** The only row of the table `position`. */
export class StoredPosition {
  readonly #select: Query<
    [
      sequence: number,
      hash: string,
      journalApplied: number,
      journalCommitted: number,
      journal: string,
    ]
  >
  readonly #replace: Query<never>

  constructor(connection: Connection) {
    this.#select = connection.query(
      `SELECT sequence, hash, journal_applied, journal_committed, journal FROM position
       WHERE only = 0`,
    )
    this.#replace = connection.query(
      `INSERT OR REPLACE INTO position
       (only, sequence, hash, journal_applied, journal_committed, journal)
       VALUES (0, ?, ?, ?, ?, ?)`,
    )
  }

  /** Reads the row. */
  get(): ViewPosition | undefined {
    const cells = this.#select.get()
    if (cells === undefined) return undefined
    const [sequence, hash, journalApplied, journalCommitted, journal] = cells
    return { sequence, hash, journalApplied, journalCommitted, journal }
  }

  /** Writes the row into the open transaction. */
  put(position: ViewPosition): void {
    const { sequence, hash, journalApplied, journalCommitted, journal } = position
    this.#replace.run(sequence, hash, journalApplied, journalCommitted, journal)
  }
}
