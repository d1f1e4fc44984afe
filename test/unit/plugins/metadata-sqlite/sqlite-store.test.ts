import { statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { block, extent, fill, inode, position } from '../../../../src/conformance/view-samples.ts'
import { StratusError } from '../../../../src/core/errors.ts'
import { openStore } from '../../../../src/plugins/metadata-sqlite/open-store.ts'
import type { SqliteStore } from '../../../../src/plugins/metadata-sqlite/sqlite-store.ts'
import { storeError } from '../../../../src/plugins/metadata-sqlite/store-error.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

function temporaryStore(): SqliteStore {
  return openStore({ path: ':memory:', cacheBytes: 1024 * 1024 })
}

/** Lets the next COMMIT fail as on a full disk. */
function failCommitOnce(meanwhile: (database: Database.Database) => void): void {
  const original = Database.prototype.exec
  const spy = vi.spyOn(Database.prototype, 'exec')
  onTestFinished(() => spy.mockRestore())
  spy.mockImplementation(function (this: Database.Database, sql) {
    if (sql !== 'COMMIT') return original.call(this, sql)
    spy.mockRestore()
    meanwhile(this)
    throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL')
  })
}

describe('a view in SQLite', () => {
  it('refuses an extent of a block that is missing', () => {
    using store = temporaryStore()
    expect(() => store.putExtent(extent(1, 0, 10, 7))).toThrow(
      expect.objectContaining({ code: 'DATA_CORRUPT' }),
    )
    expect(store.totals().extents).toBe(0)
  })

  it('refuses to delete a block that is in use', () => {
    using store = temporaryStore()
    store.putBlock(block(1))
    store.putExtent(extent(1, 0, 10, 1))
    expect(() => store.deleteBlock(1)).toThrow(expect.objectContaining({ code: 'DATA_CORRUPT' }))
    expect(store.getBlock(1)).toBeDefined()
  })

  it('finds the older of two blocks with one digest, and the other once that is gone', () => {
    using store = temporaryStore()
    const { digest } = block(1)
    store.putBlock(block(1))
    store.putBlock({ ...block(2), digest })
    expect(store.findBlock(digest)).toBe(1)
    store.deleteBlock(1)
    expect(store.findBlock(digest)).toBe(2)
  })

  it('remembers the largest block number across commits and restarts', () => {
    const options = { path: join(temporaryFolder(), 'view.db'), cacheBytes: 1024 * 1024 }
    const store = openStore(options)
    store.putBlock(block(9))
    store.deleteBlock(9)
    store.commit(position(1))
    store[Symbol.dispose]()
    const reopened = openStore(options)
    expect(reopened.maxBlock()).toBe(9)
    reopened[Symbol.dispose]()
  })

  it('gives cookies that grow across restarts', () => {
    const options = { path: join(temporaryFolder(), 'view.db'), cacheBytes: 1024 * 1024 }
    const store = openStore(options)
    fill(store)
    store.deleteDentry(1, 'a')
    store.commit(position(1))
    store[Symbol.dispose]()
    const reopened = openStore(options)
    const last = Math.max(...reopened.listDentries(1, 0, 10).map((entry) => entry.dentry.cookie))
    reopened.putDentry(1, 'new', 2)
    const added = reopened.listDentries(1, last, 10)
    expect(added.map((entry) => entry.dentry.name)).toEqual(['new'])
    expect(added[0]?.dentry.cookie).toBe(4)
    reopened[Symbol.dispose]()
  })

  it('keeps its write-ahead log bounded over many commits', () => {
    const path = join(temporaryFolder(), 'view.db')
    const store = openStore({ path, cacheBytes: 1024 * 1024 })
    for (let round = 1; round <= 20; round++) {
      for (let ino = 1; ino <= 10_000; ino++) store.putInode(inode(ino, round))
      store.commit(position(round))
    }
    expect(statSync(`${path}-wal`).size).toBeLessThan(18 * 1024 * 1024)
    store[Symbol.dispose]()
  })

  it('works again after a snapshot that was given up halfway', () => {
    using store = temporaryStore()
    fill(store)
    store.commit(position(1))
    const snapshot = store.snapshot()
    const rows = snapshot.dump()[Symbol.iterator]()
    rows.next()
    snapshot[Symbol.dispose]()
    store.putInode(inode(50))
    store.commit(position(2))
    expect(store.getInode(50)).toEqual(inode(50))
  })

  it('can commit again after the disk was full', () => {
    using store = temporaryStore()
    store.putInode(inode(1))
    failCommitOnce((database) => expect(database.inTransaction).toBe(true))
    expect(() => store.commit(position(1))).toThrow(
      expect.objectContaining({ code: 'LOCAL_DISK_FULL' }),
    )
    expect(store.position()).toBeUndefined()
    store.commit(position(1))
    expect(store.position()).toEqual(position(1))
    expect(store.getInode(1)).toEqual(inode(1))
  })

  it('answers nothing any more when SQLite took its changes back', () => {
    using store = temporaryStore()
    store.putInode(inode(1))
    failCommitOnce((database) => database.exec('ROLLBACK'))
    const full = expect.objectContaining({ code: 'LOCAL_DISK_FULL' })
    expect(() => store.commit(position(1))).toThrow(full)
    expect(() => store.getInode(1)).toThrow(full)
    expect(() => store.putInode(inode(2))).toThrow(full)
    expect(() => store.commit(position(1))).toThrow(full)
  })

  it('reports errors of SQLite by what the caller can do about them', () => {
    const codes = [
      ['SQLITE_FULL', 'LOCAL_DISK_FULL'],
      ['SQLITE_IOERR_WRITE', 'LOCAL_DISK_FULL'],
      ['SQLITE_CORRUPT_VTAB', 'DATA_CORRUPT'],
      ['SQLITE_NOTADB', 'DATA_CORRUPT'],
      ['SQLITE_BUSY_SNAPSHOT', 'FILE_SYSTEM_BUSY'],
      ['SQLITE_CANTOPEN', 'CACHE_DIRECTORY_UNUSABLE'],
    ] as const
    for (const [sqlite, code] of codes) {
      const cause = new Database.SqliteError('message', sqlite)
      expect(storeError(cause)).toMatchObject({ code, cause })
      expect(storeError(cause)).toBeInstanceOf(StratusError)
    }
    const mistake = new TypeError('wrong argument')
    expect(storeError(mistake)).toBe(mistake)
  })
})
