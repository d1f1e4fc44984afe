import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { block, extent, inode, pack, position } from '../../src/conformance/view-samples.ts'
import type { MetadataStore } from '../../src/core/metadata-store.ts'
import { S_IFDIR, S_IFREG } from '../../src/core/rows.ts'
import { openStore } from '../../src/plugins/metadata-sqlite/open-store.ts'

/** What the counters of a view stand for, and the references of blocks. */
const scan = `SELECT
  (SELECT count(*) FROM inodes) AS inodes,
  (SELECT count(*) FROM dentries) AS dentries,
  (SELECT count(*) FROM extents) AS extents,
  (SELECT count(*) FROM blocks) AS blocks,
  (SELECT count(*) FROM packs) AS packs,
  (SELECT coalesce(sum(size), 0) FROM inodes WHERE (mode & 61440) = 32768) AS fileBytes,
  (SELECT coalesce(sum(plain_bytes), 0) FROM blocks) AS plainBytes,
  (SELECT coalesce(sum(stored_bytes), 0) FROM blocks) AS storedBytes`

const miscounted = `SELECT id FROM blocks
  WHERE refs <> (SELECT count(*) FROM extents WHERE extents.block = blocks.id)`

const number = fc.integer({ min: 1, max: 8 })
const name = fc.constantFrom('a', 'b', 'c')
const bytes = fc.integer({ min: 0, max: 100 })

type Step = (store: MetadataStore) => void

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(number, bytes, fc.constantFrom(S_IFREG, S_IFDIR), fc.integer({ min: 0, max: 2 }))
    .map(([ino, size, mode, nlink]): Step => {
      return (store) => store.putInode({ ...inode(ino, size), mode, nlink })
    }),
  number.map(
    (ino): Step =>
      (store) =>
        store.deleteInode(ino),
  ),
  fc.tuple(number, name, number).map(([parent, entry, ino]): Step => {
    return (store) => store.putDentry(parent, entry, ino)
  }),
  fc.tuple(number, name).map(([parent, entry]): Step => {
    return (store) => store.deleteDentry(parent, entry)
  }),
  fc.tuple(number, bytes, bytes).map(([id, storedBytes, plainBytes]): Step => {
    return (store) => store.putBlock({ ...block(id), storedBytes, plainBytes })
  }),
  number.map((id): Step => {
    return (store) => {
      if (store.deadBlocks(100).some((row) => row.id === id)) store.deleteBlock(id)
    }
  }),
  fc.tuple(number, bytes, bytes, number).map(([ino, offset, length, id]): Step => {
    return (store) => {
      if (store.getBlock(id)) store.putExtent(extent(ino, offset, length + 1, id))
    }
  }),
  fc.tuple(number, bytes, bytes).map(([ino, offset, length]): Step => {
    return (store) => store.clearExtents(ino, offset, length)
  }),
  number.map(
    (pk): Step =>
      (store) =>
        store.putPack(pack(pk)),
  ),
  number.map(
    (pk): Step =>
      (store) =>
        store.deletePack(pk),
  ),
)

it('the totals and the reference counts equal what a scan of the tables finds', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const folder = mkdtempSync(join(tmpdir(), 'stratus-test-'))
      const path = join(folder, 'view.db')
      const store = openStore({ path, cacheBytes: 1024 * 1024 })
      for (const change of steps) change(store)
      store.commit(position(1))
      const totals = store.totals()
      store[Symbol.dispose]()

      const database = new Database(path, { readonly: true })
      expect(database.prepare(scan).get()).toEqual(totals)
      expect(database.prepare(miscounted).all()).toEqual([])
      database.close()

      const reopened = openStore({ path, cacheBytes: 1024 * 1024 })
      expect(reopened.totals()).toEqual(totals)
      reopened[Symbol.dispose]()
      rmSync(folder, { recursive: true })
    }),
    { numRuns: 150 },
  )
})
