import { readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import { inode, position } from '../../../../src/conformance/view-samples.ts'
import sqlite from '../../../../src/plugins/metadata-sqlite/index.ts'
import { openStore } from '../../../../src/plugins/metadata-sqlite/open-store.ts'
import { pluginContext } from '../../../support/plugin-context.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

let folder: string
let path: string
const cacheBytes = 1024 * 1024

beforeEach(() => {
  folder = temporaryFolder()
  path = join(folder, 'view.db')
})

function makeView(): void {
  using store = openStore({ path, cacheBytes })
  for (let ino = 1; ino <= 1000; ino++) store.putInode(inode(ino))
  store.commit(position(1))
}

function alter(sql: string): void {
  const database = new Database(path)
  database.exec(sql)
  database.close()
}

describe('a view is opened only when it is one', () => {
  it('makes a file that is missing, and opens it again', () => {
    makeView()
    using store = openStore({ path, cacheBytes })
    expect(store.getInode(1000)).toEqual(inode(1000))
  })

  it('refuses a file that is no database', () => {
    writeFileSync(path, 'not a database, and longer than the header of one '.repeat(100))
    expect(() => openStore({ path, cacheBytes })).toThrow(
      expect.objectContaining({ code: 'DATA_CORRUPT' }),
    )
  })

  it('refuses the database of another program', () => {
    alter('CREATE TABLE songs (title TEXT)')
    expect(() => openStore({ path, cacheBytes })).toThrow(
      expect.objectContaining({ code: 'DATA_CORRUPT' }),
    )
  })

  it('refuses a view that lacks a table', () => {
    makeView()
    alter('DROP TABLE extents')
    expect(() => openStore({ path, cacheBytes })).toThrow(
      expect.objectContaining({ code: 'DATA_CORRUPT' }),
    )
  })

  it('refuses a view that lacks its totals', () => {
    makeView()
    alter('DELETE FROM totals')
    expect(() => openStore({ path, cacheBytes })).toThrow(
      expect.objectContaining({ code: 'DATA_CORRUPT' }),
    )
  })

  it('refuses a view of another version', () => {
    makeView()
    alter('PRAGMA user_version = 99')
    expect(() => openStore({ path, cacheBytes })).toThrow(
      expect.objectContaining({
        code: 'FORMAT_UNSUPPORTED',
        details: { found: 99, supported: 1 },
      }),
    )
  })

  it('reports damage that shows later', () => {
    makeView()
    truncateSync(path, statSync(path).size / 2)
    expect(() => {
      using store = openStore({ path, cacheBytes })
      for (let ino = 1; ino <= 1000; ino++) store.getInode(ino)
    }).toThrow(expect.objectContaining({ code: 'DATA_CORRUPT' }))
  })

  it('says that the folder is missing', () => {
    expect(() => openStore({ path: join(folder, 'absent', 'view.db'), cacheBytes })).toThrow(
      expect.objectContaining({ code: 'CACHE_DIRECTORY_UNUSABLE' }),
    )
  })

  it('leaves nothing of a temporary view', () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('stratus-view-'))
    const store = openStore({ path: ':memory:', cacheBytes })
    store.putInode(inode(1))
    store.commit(position(1))
    store[Symbol.dispose]()
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith('stratus-view-'))
    expect(after.length).toBeLessThanOrEqual(before.length)
  })

  it('is made from plain options', async () => {
    const options = await sqlite.options['~standard'].validate({ path })
    expect(options).toEqual({ value: { path, cacheBytes: 64 * 1024 * 1024 } })
    using store = await sqlite.create({ path, cacheBytes }, pluginContext())
    expect(store.position()).toBeUndefined()
  })
})
