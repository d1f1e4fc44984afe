import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InodeRow, MetadataStore, RowChange, ViewTotals } from '../../../src/core/index.ts'
import { checkView, viewRules } from '../../../src/engine/maintenance/check-view.ts'
import { Findings } from '../../../src/engine/maintenance/finding.ts'
import { TEMPORARY } from '../../../src/plugins/metadata-sqlite/connection.ts'
import { openStore } from '../../../src/plugins/metadata-sqlite/open-store.ts'

const ROOT = 1
const DIRECTORY = 2
const FILE = 3
const LINK = 4

function inode(ino: number, mode: number, more: Partial<InodeRow> = {}): InodeRow {
  const time = { atimeSec: 0, atimeNsec: 0, mtimeSec: 0, mtimeNsec: 0 }
  const other = { ctimeSec: 0, ctimeNsec: 0, btimeSec: 0, btimeNsec: 0, parent: 0, target: '' }
  return { ino, mode, uid: 0, gid: 0, nlink: 1, rdev: 0, size: 0, ...time, ...other, ...more }
}

/** A sound file system: `/d`, `/d/f` with 100 bytes in one block, `/s` which points to `d`. */
function fill(store: MetadataStore): void {
  store.putPack({
    number: 1,
    id: Buffer.alloc(16),
    container: 0,
    containerOffset: 0,
    sizeBytes: 900,
  })
  putBlock(store, 1, 64)
  store.putInode(inode(ROOT, 0o40755, { nlink: 3, parent: ROOT }))
  store.putInode(inode(DIRECTORY, 0o40755, { nlink: 2, parent: ROOT }))
  store.putInode(inode(FILE, 0o100644, { size: 100 }))
  store.putInode(inode(LINK, 0o120777, { size: 1, target: 'd' }))
  store.putDentry(ROOT, 'd', DIRECTORY)
  store.putDentry(DIRECTORY, 'f', FILE)
  store.putDentry(ROOT, 's', LINK)
  store.putExtent({ ino: FILE, offset: 0, length: 100, block: 1, blockOffset: 0 })
  store.putXattr({ ino: FILE, name: 'user.a', value: Buffer.from('x') })
}

function putBlock(store: MetadataStore, id: number, offset: number, more = {}): void {
  const digest = Buffer.alloc(32, id)
  const sizes = { storedBytes: 116, plainBytes: 100 }
  store.putBlock({ id, digest, pack: 1, record: id, offset, ...sizes, compressor: 0, ...more })
}

/** What a store may say that its own tables would not let in. */
interface Lies {
  readonly rows?: readonly RowChange[]
  readonly totals?: Partial<ViewTotals>
  readonly deadBlocks?: readonly number[]
}

/** The store, but for its lies. */
function lying(store: MetadataStore, lies: Lies): MetadataStore {
  const replaced: Partial<MetadataStore> = {
    snapshot() {
      const snapshot = store.snapshot()
      return {
        *dump() {
          yield* snapshot.dump()
          yield* lies.rows ?? []
        },
        [Symbol.dispose]: () => snapshot[Symbol.dispose](),
      }
    },
    totals: () => ({ ...store.totals(), ...lies.totals }),
    deadBlocks: (limit) =>
      lies.deadBlocks?.flatMap((id) => store.getBlock(id) ?? []) ?? store.deadBlocks(limit),
  }
  return new Proxy(store, {
    get(target, key) {
      if (key in replaced) return replaced[key as keyof MetadataStore]
      const value = target[key as keyof MetadataStore] as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** One fault: how to make it, and the rules that see it. */
interface Plant {
  readonly fault: string
  readonly seen: readonly string[]
  plant?(store: MetadataStore): void
  readonly lies?: Lies
}

const extent = { ino: FILE, offset: 0, length: 100, block: 1, blockOffset: 0 }

const plants: readonly Plant[] = [
  {
    fault: 'a file for a root',
    seen: ['name-directory', 'root'],
    plant: (store) => store.putInode(inode(ROOT, 0o100644)),
  },
  {
    fault: 'a root in another directory',
    seen: ['root'],
    plant: (store) => store.putInode(inode(ROOT, 0o40755, { nlink: 3, parent: DIRECTORY })),
  },
  {
    fault: 'an inode of no type',
    seen: ['inode-type'],
    plant(store) {
      store.putInode(inode(9, 0o030644))
      store.putDentry(ROOT, 'x', 9)
    },
  },
  {
    fault: 'a file larger than any can be',
    seen: ['inode-size'],
    plant: (store) => store.putInode(inode(FILE, 0o100644, { size: Number.MAX_SAFE_INTEGER })),
  },
  {
    fault: 'a directory with a size',
    seen: ['inode-size'],
    plant: (store) =>
      store.putInode(inode(DIRECTORY, 0o40755, { nlink: 2, parent: ROOT, size: 4096 })),
  },
  {
    fault: 'a file with a device number',
    seen: ['inode-fields'],
    plant: (store) => store.putInode(inode(FILE, 0o100644, { size: 100, rdev: 5 })),
  },
  {
    fault: 'an owner out of range',
    seen: ['inode-fields'],
    plant: (store) => store.putInode(inode(FILE, 0o100644, { size: 100, uid: 2 ** 33 })),
  },
  {
    fault: 'a link whose size is not that of its target',
    seen: ['symlink-target'],
    plant: (store) => store.putInode(inode(LINK, 0o120777, { size: 7, target: 'd' })),
  },
  {
    fault: 'a file with a target',
    seen: ['symlink-target'],
    plant: (store) => store.putInode(inode(FILE, 0o100644, { size: 100, target: 'd' })),
  },
  {
    fault: 'an xattr of nobody',
    seen: ['xattr'],
    plant: (store) => store.putXattr({ ino: 99, name: 'user.a', value: Buffer.from('x') }),
  },
  {
    fault: 'an xattr that is too large',
    seen: ['xattr'],
    plant: (store) => store.putXattr({ ino: FILE, name: 'user.a', value: Buffer.alloc(65_537) }),
  },
  {
    fault: 'a name with a slash',
    seen: ['name-bytes'],
    plant(store) {
      store.putDentry(ROOT, 'a/b', FILE)
      store.putInode(inode(FILE, 0o100644, { size: 100, nlink: 2 }))
    },
  },
  {
    fault: 'a name that stands for nothing',
    seen: ['name-inode'],
    plant: (store) => store.putDentry(ROOT, 'x', 99),
  },
  {
    fault: 'a name in a file',
    seen: ['name-directory'],
    plant(store) {
      store.putDentry(FILE, 'x', LINK)
      store.putInode(inode(LINK, 0o120777, { size: 1, target: 'd', nlink: 2 }))
    },
  },
  {
    fault: 'a directory without a name',
    seen: ['directory-name'],
    plant: (store) => store.putInode(inode(9, 0o40755, { nlink: 2, parent: ROOT })),
  },
  {
    fault: 'a directory with two names',
    seen: ['directory-name'],
    plant(store) {
      store.putDentry(ROOT, 'e', DIRECTORY)
      store.putInode(inode(ROOT, 0o40755, { nlink: 4, parent: ROOT }))
    },
  },
  {
    fault: 'a directory with another parent',
    seen: ['directory-parent'],
    plant: (store) => store.putInode(inode(DIRECTORY, 0o40755, { nlink: 2, parent: 77 })),
  },
  {
    fault: 'directories in a loop',
    seen: ['directory-loop'],
    plant(store) {
      store.putInode(inode(8, 0o40755, { nlink: 3, parent: 9 }))
      store.putInode(inode(9, 0o40755, { nlink: 3, parent: 8 }))
      store.putDentry(8, 'nine', 9)
      store.putDentry(9, 'eight', 8)
    },
  },
  {
    fault: 'a file with a wrong link count',
    seen: ['link-count'],
    plant: (store) => store.putInode(inode(FILE, 0o100644, { size: 100, nlink: 2 })),
  },
  {
    fault: 'a directory with a wrong link count',
    seen: ['link-count'],
    plant: (store) => store.putInode(inode(ROOT, 0o40755, { nlink: 2, parent: ROOT })),
  },
  {
    fault: 'a removed directory with entries',
    seen: ['directory-name', 'directory-parent', 'link-count', 'name-directory'],
    plant(store) {
      store.putInode(inode(9, 0o40755, { nlink: 0 }))
      store.putDentry(9, 'd', DIRECTORY)
    },
  },
  {
    fault: 'data of a file that does not exist',
    seen: ['extent-inode'],
    plant: (store) => store.putExtent({ ...extent, ino: 99 }),
  },
  {
    fault: 'extents that overlap',
    seen: ['extent-overlap'],
    lies: {
      rows: [{ kind: 'extent', row: { ...extent, offset: 50, length: 50 } }],
      totals: { extents: 2 },
    },
  },
  {
    fault: 'an extent past the end of its file',
    seen: ['extent-size'],
    plant: (store) => store.putInode(inode(FILE, 0o100644, { size: 99 })),
  },
  {
    fault: 'an extent of a block that does not exist',
    seen: ['extent-block'],
    plant: (store) => store.putInode(inode(FILE, 0o100644, { size: 200 })),
    lies: {
      rows: [{ kind: 'extent', row: { ...extent, offset: 100, block: 99 } }],
      totals: { extents: 2 },
    },
  },
  {
    fault: 'an extent past the end of its block',
    seen: ['extent-block'],
    plant: (store) => store.putExtent({ ...extent, blockOffset: 1 }),
  },
  {
    fault: 'a block in a pack that does not exist',
    seen: ['block-pack'],
    plant: (store) => putBlock(store, 1, 64, { pack: 9 }),
  },
  {
    fault: 'a block past the end of its pack',
    seen: ['block-pack'],
    plant: (store) => putBlock(store, 1, 785),
  },
  {
    fault: 'blocks on top of each other',
    seen: ['block-overlap'],
    plant: (store) => putBlock(store, 2, 100),
  },
  {
    fault: 'two blocks of one record',
    seen: ['block-overlap'],
    plant: (store) => putBlock(store, 2, 300, { record: 1 }),
  },
  {
    fault: 'a live block that is counted as dead',
    seen: ['block-references'],
    lies: { deadBlocks: [1] },
  },
  {
    fault: 'a dead block that is not',
    seen: ['block-references'],
    plant: (store) => putBlock(store, 2, 300),
    lies: { deadBlocks: [] },
  },
  { fault: 'a wrong total', seen: ['totals'], lies: { totals: { dentries: 9 } } },
]

let store: MetadataStore

beforeEach(() => {
  store = openStore({ path: TEMPORARY, cacheBytes: 1 << 22 })
  fill(store)
})

afterEach(() => store[Symbol.dispose]())

async function check({ plant, lies = {} }: Pick<Plant, 'plant' | 'lies'>) {
  plant?.(store)
  const position = { journalApplied: 0, journalCommitted: 0, journal: '' }
  store.commit({ sequence: 0, hash: '', ...position })
  const findings = new Findings()
  await checkView(lying(store, lies), findings, () => {})
  return findings.all
}

describe('rules about rows', () => {
  it('find nothing in a sound view', async () => {
    expect(await check({})).toEqual([])
  })

  it.each(plants)('see $fault', async ({ seen, ...planted }) => {
    const findings = await check(planted)
    const errors = findings.filter(({ severity }) => severity === 'error')
    expect([...new Set(errors.map(({ id }) => id))].sort()).toEqual(seen)
  })

  it('tell of blocks with equal content, which is no error', async () => {
    const findings = await check({
      plant: (view) => putBlock(view, 2, 300, { digest: Buffer.alloc(32, 1) }),
    })
    expect(findings).toMatchObject([
      { id: 'block-digest', severity: 'info', details: { count: 1, storedBytes: 116 } },
    ])
  })

  it('list a hundred findings of a rule and count the rest', async () => {
    const findings = await check({
      plant(view) {
        for (let ino = 1000; ino < 1250; ino++) view.putDentry(ROOT, `x${ino}`, ino)
      },
    })
    expect(findings).toHaveLength(101)
    expect(findings.at(-1)).toMatchObject({ id: 'name-inode', details: { count: 150 } })
  })

  it('each have a fault planted here, or only tell', () => {
    const planted = new Set(plants.flatMap(({ seen }) => seen))
    const rest = viewRules.filter(({ id }) => !planted.has(id)).map(({ id }) => id)
    expect(rest).toEqual(['orphan', 'block-digest', 'session'])
  })
})
