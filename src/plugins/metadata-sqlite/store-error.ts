import Database from 'better-sqlite3'
import { type ErrorCode, StratusError } from '../../core/errors.ts'

/** What an error of SQLite means to the caller, by the first part of its code. */
const causes: readonly (readonly [prefix: string, code: ErrorCode, message: string])[] = [
  ['SQLITE_CORRUPT', 'DATA_CORRUPT', 'the local view is damaged'],
  ['SQLITE_NOTADB', 'DATA_CORRUPT', 'the local view is damaged'],
  ['SQLITE_FULL', 'LOCAL_DISK_FULL', 'no room for the local view'],
  ['SQLITE_IOERR', 'LOCAL_DISK_FULL', 'the local view cannot be read or written'],
  ['SQLITE_BUSY', 'FILE_SYSTEM_BUSY', 'another process uses the local view'],
  ['SQLITE_CANTOPEN', 'CACHE_DIRECTORY_UNUSABLE', 'the local view cannot be opened'],
  ['SQLITE_READONLY', 'CACHE_DIRECTORY_UNUSABLE', 'the local view cannot be written'],
  ['SQLITE_PERM', 'CACHE_DIRECTORY_UNUSABLE', 'the local view cannot be opened'],
]

/** Returns the failure that `error` stands for; what SQLite did not raise stays as it is. */
export function storeError(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error
  const found = causes.find(([prefix]) => error.code.startsWith(prefix))
  if (found === undefined) return error
  const [, code, message] = found
  return new StratusError(code, message, { cause: error, details: { sqlite: error.code } })
}
