import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { StratusError } from '../../core/errors.ts'
import { type Cell, Query } from './query.ts'
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts'
import { storeError } from './store-error.ts'

/** How to open a view. */
export interface ConnectionOptions {
  /** The database file, or {@link TEMPORARY}. */
  readonly path: string
  /** Most memory for clean pages, bytes. */
  readonly cacheBytes: number
}

/**
 * Path that stands for a file in the folder for temporary files, removed with the store.
 *
 * A file and not SQLite's own in-memory database, because a snapshot needs a second connection to it.
 */
export const TEMPORARY = ':memory:'

/** Most memory for clean pages unless the options say otherwise, bytes. */
export const CACHE_BYTES_DEFAULT = 64 * 1024 * 1024

/** Bytes of a page. Larger ones made no call faster and double what a random change writes. */
const PAGE_BYTES = 4096

/**
 * Pages in the write-ahead log from which on a commit copies them back into the database.
 *
 * The copying is done by the core thread, which answers nothing meanwhile: 8 MiB of scattered pages take
 * 30 to 45 ms on a local SSD. Fewer pages would mean shorter but more stalls, as two `fsync` come with
 * each, and would copy pages that change often more often.
 */
const WAL_PAGES_MAX = 2048

/**
 * A connection to the database of a view, always inside a transaction.
 *
 * A transaction begins when the connection opens and after each commit. Reads therefore need no
 * lock of their own, which would cost four times as much as a read.
 */
export class Connection implements Disposable {
  /** Text of every statement prepared so far, for the check that each uses an index. */
  readonly statements: string[] = []
  readonly #path: string
  readonly #temporary: string | undefined
  readonly #database: Database.Database
  /** Why the connection is closed, when SQLite gave the transaction up. */
  #failure: unknown

  /** @throws StratusError `DATA_CORRUPT`, `FORMAT_UNSUPPORTED`, `CACHE_DIRECTORY_UNUSABLE` */
  constructor(options: ConnectionOptions) {
    const temporary = options.path === TEMPORARY
    this.#temporary = temporary ? mkdtempSync(join(tmpdir(), 'stratus-view-')) : undefined
    this.#path = this.#temporary === undefined ? options.path : join(this.#temporary, 'view.db')
    this.#database = openFile(this.#path)
    try {
      const database = this.#database
      database.pragma(`page_size = ${PAGE_BYTES}`)
      database.pragma('journal_mode = WAL')
      // Power loss may take the newest commits but never damages the file. The journal has them.
      database.pragma(`synchronous = ${temporary ? 'OFF' : 'NORMAL'}`)
      database.pragma(`wal_autocheckpoint = ${WAL_PAGES_MAX}`)
      database.pragma(`journal_size_limit = ${2 * WAL_PAGES_MAX * PAGE_BYTES}`)
      database.pragma(`cache_size = -${Math.ceil(options.cacheBytes / 1024)}`)
      // Changed pages stay in memory until the commit, so a call never waits for the disk.
      database.pragma('cache_spill = OFF')
      database.pragma('temp_store = MEMORY')
      prepareSchema(database)
      database.exec('BEGIN')
    } catch (error) {
      this[Symbol.dispose]()
      throw storeError(error)
    }
  }

  /** Prepares a statement. The same text gives a new statement each time. */
  query<Row extends readonly Cell[] = never>(sql: string): Query<Row> {
    this.statements.push(sql)
    try {
      return new Query<Row>(this.#database.prepare<Cell[]>(sql), (error) => this.#fail(error))
    } catch (error) {
      throw missingTable(error)
    }
  }

  /** Makes everything since the previous commit permanent. May be called again after a failure. */
  commit(): void {
    try {
      this.#database.exec('COMMIT')
      this.#database.exec('BEGIN')
    } catch (error) {
      throw this.#fail(error)
    }
  }

  /** Opens a second connection that sees what the last commit left and nothing after it. */
  openSnapshot(): Database.Database {
    try {
      const snapshot = new Database(this.#path, { readonly: true })
      snapshot.exec('BEGIN')
      // A transaction freezes what it sees with its first read.
      snapshot.prepare('SELECT only FROM totals').get()
      return snapshot
    } catch (error) {
      throw storeError(error)
    }
  }

  /** Closes the connection; what was not committed is lost. */
  [Symbol.dispose](): void {
    this.#database.close()
    if (this.#temporary !== undefined) {
      rmSync(this.#temporary, { recursive: true, force: true })
    }
  }

  /**
   * Returns the failure to report for `error`.
   *
   * On a full disk SQLite may roll the transaction back by itself. The tables then lack changes that
   * were acknowledged, and answering from them would be wrong: the connection closes, and every later
   * call fails with the same error.
   */
  #fail(error: unknown): unknown {
    if (this.#failure !== undefined) return this.#failure
    const failure = storeError(error)
    if (this.#database.open && !this.#database.inTransaction) {
      this.#failure = failure
      this.#database.close()
    }
    return failure
  }
}

function openFile(path: string): Database.Database {
  try {
    return new Database(path)
  } catch (error) {
    if (!(error instanceof TypeError)) throw storeError(error)
    throw new StratusError('CACHE_DIRECTORY_UNUSABLE', 'the folder of the local view is missing', {
      cause: error,
      details: { path },
    })
  }
}

/** Makes the tables in a new file, and checks that those in an old one are ours. */
function prepareSchema(database: Database.Database): void {
  const application = database.pragma('application_id', { simple: true })
  const version = database.pragma('user_version', { simple: true })
  const empty = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0
  if (empty && application === 0 && version === 0) {
    database.exec(
      `BEGIN; ${SCHEMA}
       PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`,
    )
  } else if (application !== APPLICATION_ID) {
    throw new StratusError('DATA_CORRUPT', 'the file is not a view of a file system')
  } else if (version !== SCHEMA_VERSION) {
    throw new StratusError('FORMAT_UNSUPPORTED', 'the local view has another version', {
      details: { found: Number(version), supported: SCHEMA_VERSION },
    })
  }
}

/** A statement that does not compile means that the file lacks a table: it says it is ours, and lies. */
function missingTable(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError) || error.code !== 'SQLITE_ERROR') {
    return storeError(error)
  }
  return new StratusError('DATA_CORRUPT', 'the local view lacks a table', { cause: error })
}
