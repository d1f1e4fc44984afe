import assert from 'node:assert/strict'
import type { MetadataStore } from '../core/metadata-store.ts'
import { S_IFDIR } from '../core/rows.ts'
import { OFFSET_MAX } from '../core/units.ts'
import { block, comparable, extent, inode, pack, session } from './view-samples.ts'

/** Changes every table of an empty store and checks each change at once, before any commit. */
export function seesOwnChanges(store: MetadataStore): void {
  seesInodes(store)
  seesDentries(store)
  seesXattrs(store)
  seesPacks(store)
  seesBlocks(store)
  seesExtents(store)
  seesSession(store)
  seesTotals(store)
}

function seesInodes(store: MetadataStore): void {
  assert.equal(store.maxIno(), 1)
  assert.equal(store.getInode(1), undefined)
  const row = { ...inode(5, 2 ** 50), target: everyByte() }
  store.putInode(row)
  row.uid = 0
  const found = store.getInode(5)
  assert.deepEqual(found, { ...inode(5, 2 ** 50), target: everyByte() })
  found.gid = 0
  assert.deepEqual(store.getInode(5)?.gid, 1002, 'rows belong to the caller')
  store.putInode({ ...inode(3), nlink: 0 })
  store.putInode(inode(5, 7))
  assert.equal(store.getInode(5)?.size, 7)
  assert.equal(store.maxIno(), 5)
  assert.deepEqual(store.orphans(), [3])
  store.putInode({ ...inode(5), nlink: 0 })
  assert.deepEqual(
    store.orphans().sort((a, b) => a - b),
    [3, 5],
  )
  store.putXattr({ ino: 3, name: 'user.gone', value: Uint8Array.of(1) })
  store.deleteInode(3)
  store.deleteInode(3)
  assert.equal(store.getInode(3), undefined)
  assert.deepEqual(store.listXattrs(3), [], 'xattrs go with their inode')
}

function seesDentries(store: MetadataStore): void {
  assert.equal(store.hasDentries(1), false)
  assert.equal(store.getDentry(1, 'x'), undefined)
  store.putDentry(1, 'x', 5)
  store.putDentry(1, everyByte(), 5)
  store.putDentry(2, 'x', 6)
  assert.equal(store.getDentry(1, 'x'), 5)
  assert.equal(store.getDentry(1, everyByte()), 5)
  assert.equal(store.getDentry(2, 'x'), 6)
  assert.equal(store.getDentry(1, 'X'), undefined)
  const listed = store.listDentries(1, 0, 10)
  assert.deepEqual(new Set(listed.map((entry) => entry.dentry.name)), new Set(['x', everyByte()]))
  assert.deepEqual(listed[0]?.inode, store.getInode(5))
  store.putDentry(1, 'x', 6)
  assert.equal(store.getDentry(1, 'x'), 6)
  store.deleteDentry(1, everyByte())
  store.deleteDentry(1, 'absent')
  assert.equal(store.hasDentries(1), true)
  store.deleteDentry(1, 'x')
  assert.equal(store.getDentry(1, 'x'), undefined)
  assert.equal(store.hasDentries(1), false)
}

function seesXattrs(store: MetadataStore): void {
  const value = Uint8Array.of(1, 0, 255)
  store.putXattr({ ino: 5, name: 'user.b', value })
  value.fill(9)
  store.putXattr({ ino: 5, name: 'user.\xff', value: new Uint8Array() })
  store.putXattr({ ino: 5, name: 'user.B', value: new Uint8Array(65_536).fill(3) })
  assert.deepEqual(comparable(store.getXattr(5, 'user.b')), Uint8Array.of(1, 0, 255))
  assert.deepEqual(comparable(store.getXattr(5, 'user.\xff')), new Uint8Array())
  assert.equal(store.getXattr(5, 'user.B')?.length, 65_536)
  assert.deepEqual(store.listXattrs(5), ['user.B', 'user.b', 'user.\xff'], 'in byte order')
  store.putXattr({ ino: 5, name: 'user.b', value: Uint8Array.of(2) })
  assert.deepEqual(comparable(store.getXattr(5, 'user.b')), Uint8Array.of(2))
  store.deleteXattr(5, 'user.b')
  store.deleteXattr(5, 'user.absent')
  assert.equal(store.getXattr(5, 'user.b'), undefined)
  assert.deepEqual(store.listXattrs(5), ['user.B', 'user.\xff'])
}

function seesPacks(store: MetadataStore): void {
  assert.equal(store.maxPack(), 0)
  assert.equal(store.getPack(1), undefined)
  for (const number of [2, 1, 3]) store.putPack(pack(number))
  assert.deepEqual(comparable(store.getPack(2)), pack(2))
  store.putPack({ ...pack(1), container: 8, containerOffset: 2 ** 33 })
  assert.equal(store.getPack(1)?.containerOffset, 2 ** 33)
  store.deletePack(2)
  store.deletePack(2)
  assert.equal(store.getPack(2), undefined)
  assert.deepEqual(
    store.packs().map((row) => row.number),
    [1, 3],
  )
  assert.equal(store.maxPack(), 3)
}

function seesBlocks(store: MetadataStore): void {
  assert.equal(store.maxBlock(), 0)
  assert.equal(store.getBlock(1), undefined)
  for (const id of [1, 2, 3]) store.putBlock(block(id))
  assert.deepEqual(comparable(store.getBlock(2)), block(2))
  assert.equal(store.findBlock(block(3).digest), 3)
  assert.equal(store.findBlock(block(4).digest), undefined)
  store.putBlock({ ...block(2), pack: 3, record: 9, offset: 77 })
  assert.deepEqual(comparable(store.getBlock(2)), { ...block(2), pack: 3, record: 9, offset: 77 })
  assert.equal(store.findBlock(block(2).digest), 2, 'a block that moved is still found')
  store.putBlock({ ...block(1), pack: 3, offset: 99 })
  const ofPack = (from: number, to: number) =>
    store.blocksOfPack(3, from, to).map((row) => row.offset)
  assert.deepEqual(ofPack(0, OFFSET_MAX), [77, 99])
  assert.deepEqual(ofPack(77, 99), [77])
  store.deleteBlock(3)
  store.deleteBlock(3)
  assert.equal(store.getBlock(3), undefined)
  assert.equal(store.findBlock(block(3).digest), undefined)
  assert.equal(store.maxBlock(), 3, 'the largest number counts although the block is gone')
}

function seesExtents(store: MetadataStore): void {
  assert.deepEqual(store.extents(5, 0, OFFSET_MAX), [])
  const offset = 2 ** 44
  store.putExtent(extent(5, offset, 100, 1))
  store.putExtent(extent(5, 0, 100, 2))
  const [found] = store.extents(5, offset, offset + 1)
  assert.deepEqual(found?.extent, extent(5, offset, 100, 1))
  assert.equal(found.block.id, 1)
  store.clearExtents(5, 0, 100)
  assert.equal(store.extents(5, 0, OFFSET_MAX).length, 1)
}

function seesSession(store: MetadataStore): void {
  assert.equal(store.getSession(), undefined)
  store.putSession(session(1))
  assert.deepEqual(store.getSession(), session(1))
  store.putSession({ ...session(2), open: false })
  assert.deepEqual(store.getSession(), { ...session(2), open: false })
}

/** What the functions above left: one file, one extent, two blocks, two packs. */
function seesTotals(store: MetadataStore): void {
  store.putInode({ ...inode(6, 1000), mode: S_IFDIR | 0o755 })
  store.putDentry(1, 'y', 6)
  store.putDentry(1, 'y', 5)
  assert.deepEqual(store.totals(), {
    inodes: 2,
    dentries: 2,
    extents: 1,
    blocks: 2,
    packs: 2,
    fileBytes: 4096,
    plainBytes: 2 * 2 ** 20,
    storedBytes: 1_400_003,
  })
  store.putInode(inode(5, 10))
  store.deleteInode(6)
  assert.equal(store.totals().fileBytes, 10)
  assert.equal(store.totals().inodes, 1)
}

/** A name with every byte that a name may have. */
function everyByte(): string {
  return String.fromCharCode(
    ...Array.from({ length: 255 }, (_, at) => at + 1).filter((byte) => byte !== 0x2f),
  )
}
