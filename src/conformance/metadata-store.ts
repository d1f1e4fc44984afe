import assert from 'node:assert/strict'
import type { MetadataStore } from '../core/metadata-store.ts'
import { type MaybePromise, OFFSET_MAX } from '../core/units.ts'
import type { ConformanceCase } from './case.ts'
import { extentModelRun } from './extent-model.ts'
import { block, extent, fill, image, inode, pack, position, session } from './view-samples.ts'
import { seesOwnChanges } from './view-visibility.ts'

/** A store under test, and the ways to lose it. It disposes of every store that it hands out. */
export interface MetadataStoreSubject {
  /** An empty store. */
  readonly store: MetadataStore
  /** Disposes of {@link MetadataStoreSubject.store} and opens it again. */
  reopen(): MaybePromise<MetadataStore>
  /**
   * Opens what would be left if this process were killed now. For a store in files: copies of the
   * files as they are.
   */
  crash(): MaybePromise<MetadataStore>
}

/** The rules of {@link MetadataStore}. */
export const metadataStoreCases: readonly ConformanceCase<MetadataStoreSubject>[] = [
  {
    id: 'MS-01',
    rule: 'reads see every change made before them, committed or not',
    run: ({ store }) => seesOwnChanges(store),
  },
  {
    id: 'MS-02',
    rule: 'commit makes all changes since the last one permanent, together with the position',
    async run(subject) {
      const { store } = subject
      assert.equal(store.position(), undefined)
      fill(store)
      store.commit(position(1))
      store.putInode(inode(9))
      store.deleteDentry(1, 'a')
      store.commit(position(2))
      assert.deepEqual(store.position(), position(2))
      const expected = image(store)
      for (const survivor of [await subject.crash(), await subject.reopen()]) {
        assert.deepEqual(image(survivor), expected)
        assert.deepEqual(survivor.position(), position(2))
        assert.equal(survivor.maxBlock(), 2)
      }
    },
  },
  {
    id: 'MS-03',
    rule: 'after a crash the store is as the last commit left it, and after clear it is empty',
    async run(subject) {
      const { store } = subject
      fill(store)
      const fresh = await subject.crash()
      assert.deepEqual(image(fresh), [])
      assert.equal(fresh.position(), undefined)
      store.commit(position(1))
      const expected = image(store)
      const totals = store.totals()
      changeEveryTable(store)
      const survivor = await subject.crash()
      assert.deepEqual(image(survivor), expected)
      assert.deepEqual(survivor.totals(), totals)
      assert.deepEqual(survivor.position(), position(1))
      store.clear()
      const cleared = await subject.crash()
      assert.deepEqual(image(cleared), [])
      assert.equal(cleared.position(), undefined)
    },
  },
  {
    id: 'MS-04',
    rule: 'listDentries goes by cookie, and what is new or points elsewhere comes last',
    run({ store }) {
      store.putInode(inode(1))
      for (const name of ['m', 'z', 'a', 'q']) store.putDentry(1, name, 1)
      const names = (after = 0, limit = 100) =>
        store.listDentries(1, after, limit).map((entry) => entry.dentry.name)
      assert.deepEqual(names(), ['m', 'z', 'a', 'q'])

      const [first, second] = store.listDentries(1, 0, 2)
      assert.ok(first && second && first.dentry.cookie >= 1)
      assert.deepEqual(names(first.dentry.cookie, 2), ['z', 'a'])
      store.deleteDentry(1, 'z')
      assert.deepEqual(names(second.dentry.cookie), ['a', 'q'])

      store.putDentry(1, 'a', 1)
      assert.deepEqual(names(), ['m', 'a', 'q'], 'an entry that does not change keeps its place')
      store.putInode(inode(2))
      store.putDentry(1, 'm', 2)
      store.putDentry(1, 'b', 1)
      assert.deepEqual(names(), ['a', 'q', 'm', 'b'])
      const cookies = store.listDentries(1, 0, 100).map((entry) => entry.dentry.cookie)
      assert.ok(cookies.every((cookie, at) => at === 0 || cookie > (cookies[at - 1] ?? cookie)))

      store.putDentry(1, 'nowhere', 77)
      assert.deepEqual(names(), ['a', 'q', 'm', 'b'], 'entries without inode are left out')
    },
  },
  {
    id: 'MS-05',
    rule: 'extents returns whole those that touch the range, by offset, each with its block',
    run({ store }) {
      store.putBlock(block(1))
      store.putBlock(block(2))
      for (const offset of [30, 0, 40, 10]) store.putExtent(extent(7, offset, 10, 1 + (offset % 3)))
      const offsets = (from: number, to: number) =>
        store.extents(7, from, to).map((found) => found.extent.offset)
      assert.deepEqual(offsets(0, OFFSET_MAX), [0, 10, 30, 40])
      assert.deepEqual(offsets(9, 31), [0, 10, 30])
      assert.deepEqual(offsets(10, 30), [10])
      assert.deepEqual(offsets(15, 16), [10])
      assert.deepEqual(offsets(20, 30), [])
      assert.deepEqual(offsets(49, 50), [40])
      assert.deepEqual(offsets(50, OFFSET_MAX), [])
      store.putBlock({ ...block(2), pack: 5, offset: 4096 })
      const [found] = store.extents(7, 45, 46)
      assert.deepEqual(found?.extent, extent(7, 40, 10, 2))
      assert.equal(found.block.pack, 5)
      assert.equal(found.block.offset, 4096)
    },
  },
  {
    id: 'MS-06',
    rule: 'extents never overlap, and what is left of a trimmed or split one keeps its bytes',
    run({ store }) {
      for (let id = 1; id <= 8; id++) store.putBlock(block(id))
      extentModelRun(store, 400, (model) => {
        for (const ino of [1, 2]) assert.deepEqual(model.painted(store, ino), model.expected(ino))
      })
      for (let at = 0; at < 2500; at++) store.putExtent(extent(3, 2 * at, 1, 1))
      store.clearExtents(3, 1, OFFSET_MAX)
      assert.deepEqual(
        store.extents(3, 0, OFFSET_MAX).map((found) => found.extent),
        [extent(3, 0, 1, 1)],
      )
    },
  },
  {
    id: 'MS-07',
    rule: 'deadBlocks lists the blocks that no extent refers to, and no others',
    run({ store }) {
      for (let id = 1; id <= 8; id++) store.putBlock(block(id))
      const dead = (limit = 100) => store.deadBlocks(limit).map((row) => row.id)
      assert.deepEqual(dead(), [1, 2, 3, 4, 5, 6, 7, 8])
      assert.deepEqual(dead(3), [1, 2, 3])
      extentModelRun(store, 400, (model, step) => {
        if (step % 10 === 0) store.putBlock({ ...block(1 + (step % 8)), pack: step })
        assert.deepEqual(dead(), model.unused())
      })
      for (const ino of [1, 2]) store.clearExtents(ino, 0, OFFSET_MAX)
      store.deleteBlock(3)
      assert.deepEqual(dead(), [1, 2, 4, 5, 6, 7, 8])
    },
  },
  {
    id: 'MS-08',
    rule: 'a snapshot shows the last commit, whatever happens later, and rebuilds the view',
    run({ store }) {
      fill(store)
      store.commit(position(1))
      const expected = image(store)
      assert.deepEqual(
        expected.map((change) => change.kind),
        [
          'pack',
          ...['block', 'block'],
          ...['inode', 'inode', 'inode', 'inode'],
          ...['dentry', 'dentry', 'dentry'],
          ...['xattr', 'xattr'],
          ...['extent', 'extent'],
          'session',
        ],
      )
      store.putInode(inode(8))
      assert.deepEqual(image(store), expected, 'changes that are not committed do not show')

      const snapshot = store.snapshot()
      const changes = snapshot.dump()[Symbol.iterator]()
      assert.equal(changes.next().done, false)
      changeEveryTable(store)
      store.commit(position(2))
      let rest = 0
      while (!changes.next().done) rest += 1
      assert.equal(rest, expected.length - 1)
      assert.deepEqual(image(snapshot), expected, 'later commits do not show')
      snapshot[Symbol.dispose]()
      assert.notDeepEqual(image(store), expected)

      store.clear()
      fill(store)
      store.commit(position(3))
      assert.deepEqual(image(store), expected)
    },
  },
]

/** Changes at least one row of every table that {@link fill} wrote. */
function changeEveryTable(store: MetadataStore): void {
  store.putInode(inode(7))
  store.deleteInode(2)
  store.deleteDentry(1, 'a')
  store.putDentry(1, 'late', 3)
  store.putXattr({ ino: 3, name: 'user.late', value: Uint8Array.of(1) })
  store.clearExtents(3, 0, OFFSET_MAX)
  store.putBlock(block(3))
  store.deleteBlock(1)
  store.putPack(pack(2))
  store.putSession(session(2))
}
