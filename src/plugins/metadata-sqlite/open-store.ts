import { Connection, type ConnectionOptions } from './connection.ts'
import { SqliteStore } from './sqlite-store.ts'

/**
 * Opens the view in a database file, which is made if it is missing.
 *
 * @throws StratusError `DATA_CORRUPT` when the file is damaged or not ours, `FORMAT_UNSUPPORTED`,
 *   `CACHE_DIRECTORY_UNUSABLE`
 */
export function openStore(options: ConnectionOptions): SqliteStore {
  const connection = new Connection(options)
  try {
    return new SqliteStore(connection)
  } catch (error) {
    connection[Symbol.dispose]()
    throw error
  }
}
