import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { Connection, TEMPORARY } from '../../../../src/plugins/metadata-sqlite/connection.ts'
import { SCHEMA } from '../../../../src/plugins/metadata-sqlite/schema.ts'
import { dumpStatements } from '../../../../src/plugins/metadata-sqlite/sqlite-snapshot.ts'
import { SqliteStore } from '../../../../src/plugins/metadata-sqlite/sqlite-store.ts'

/** Statements that read a whole table, or its end, by intention. */
const scans = [
  /FROM totals$/,
  /FROM packs ORDER BY number$/,
  /FROM inodes ORDER BY ino DESC LIMIT 1$/,
  /^DELETE FROM \w+$/,
]

const statements = [...storeStatements(), ...Object.values(dumpStatements)]
const database = new Database(':memory:')
database.exec(SCHEMA)

describe('every statement of the SQLite view uses an index', () => {
  it.each(statements)('%s', (sql) => {
    const parameters = (sql.match(/\?/g) ?? []).map(() => 0)
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters)
    const steps = plan.map((step) => (step as { detail: string }).detail)
    const intended = scans.some((pattern) => pattern.test(sql))
    expect(steps.filter((step) => step.startsWith('SCAN') && !intended)).toEqual([])
    expect(steps.filter((step) => step.includes('TEMP B-TREE'))).toEqual([])
  })
})

function storeStatements(): readonly string[] {
  const connection = new Connection({ path: TEMPORARY, cacheBytes: 1024 * 1024 })
  new SqliteStore(connection)[Symbol.dispose]()
  return connection.statements
}
