import { type BlockRow, type Ino, OFFSET_MAX, S_IFREG } from '../../core/index.ts'
import { NumbersById } from './numbers-by-id.ts'
import type { CheckedView, ViewRule } from './rule.ts'

/** Remembers the last answer of `ask`: rows of one inode or block often follow each other. */
function remembering<Value>(ask: (id: number) => Value): (id: number) => Value {
  let last: { readonly id: number; readonly value: Value } | undefined
  return (id) => {
    if (last?.id !== id) last = { id, value: ask(id) }
    return last.value
  }
}

function fileSize(view: CheckedView): (ino: Ino) => number {
  return remembering((ino) => view.store.getInode(ino)?.size ?? 0)
}

/** Whether a block lies within a pack of this size. */
function fits({ offset, storedBytes, plainBytes }: BlockRow, sizeBytes: number): boolean {
  return offset >= 0 && storedBytes > 0 && plainBytes > 0 && offset + storedBytes <= sizeBytes
}

/** Rules about blocks and packs by themselves. */
const blockRules: readonly ViewRule[] = [
  {
    id: 'block-pack',
    sentence: 'Every block lies within a pack that exists.',
    begin: ({ store }, find) => {
      const packSize = remembering((pack) => store.getPack(pack)?.sizeBytes)
      return {
        block(row) {
          const { id: block, pack, offset, storedBytes } = row
          const sizeBytes = packSize(pack)
          if (sizeBytes === undefined) {
            find('a block is in a pack that does not exist', { block, pack })
          } else if (!fits(row, sizeBytes)) {
            const details = { block, pack, offset, storedBytes, sizeBytes }
            find('a block does not lie within its pack', details)
          }
        },
      }
    },
  },
  {
    id: 'block-overlap',
    sentence: 'No two blocks share bytes or the record number of a pack.',
    begin: ({ store }, find) => ({
      pack({ number }) {
        let end = 0
        const records = new Set<number>()
        for (const { id, record, offset, storedBytes } of store.blocksOfPack(
          number,
          0,
          OFFSET_MAX,
        )) {
          if (offset < end || records.has(record)) {
            find('a block lies on another one', { block: id, pack: number, offset, record })
          }
          end = Math.max(end, offset + storedBytes)
          records.add(record)
        }
      },
    }),
  },
  {
    id: 'block-digest',
    sentence: 'Equal content is stored once, unless deduplication was off.',
    begin: ({ store }, find) => {
      let count = 0
      let storedBytes = 0
      return {
        block(row) {
          if (store.findBlock(row.digest) === row.id) return
          count += 1
          storedBytes += row.storedBytes
        },
        end() {
          if (count > 0) {
            find('blocks with equal content are stored twice', { count, storedBytes }, 'info')
          }
        },
      }
    },
  },
  {
    id: 'block-references',
    sentence: 'The blocks that are counted as dead are those that no extent refers to.',
    begin: ({ store }, find) => {
      const references = new NumbersById()
      return {
        extent({ block }) {
          references.set(block, 1)
        },
        end() {
          const dead = store.deadBlocks(store.totals().blocks)
          for (const { id: block } of dead) {
            if (references.get(block) === 0) continue
            find('a block that is referred to is counted as dead', { block })
          }
          const { blocks } = store.totals()
          const alive = [...references.entries()].filter(([id]) => store.getBlock(id) !== undefined)
          const uncounted = blocks - dead.length - alive.length
          if (uncounted > 0)
            find('blocks without a reference are not counted as dead', { uncounted })
        },
      }
    },
  },
]

/** Rules about where the data of files are. */
const extentRules: readonly ViewRule[] = [
  {
    id: 'extent-inode',
    sentence: 'Every extent belongs to a regular file that exists.',
    begin: (view, find) => {
      let last = 0
      return {
        extent({ ino }) {
          if (ino === last) return
          last = ino
          if (view.typeOf(ino) !== S_IFREG) find('data belong to an inode that is no file', { ino })
        },
      }
    },
  },
  {
    id: 'extent-overlap',
    sentence: 'The extents of a file do not overlap.',
    begin: (_view, find) => {
      let file = 0
      let end = 0
      return {
        extent({ ino, offset, length }) {
          if (ino === file && offset < end) find('extents of a file overlap', { ino, offset })
          end = ino === file ? Math.max(end, offset + length) : offset + length
          file = ino
        },
      }
    },
  },
  {
    id: 'extent-size',
    sentence: 'No extent is empty or reaches past the end of its file.',
    begin: (view, find) => {
      const sizeOf = fileSize(view)
      return {
        extent({ ino, offset, length }) {
          if (view.typeOf(ino) !== S_IFREG) return
          const size = sizeOf(ino)
          if (offset >= 0 && length > 0 && offset + length <= size) return
          find('an extent does not lie within its file', { ino, offset, length, size })
        },
      }
    },
  },
  {
    id: 'extent-block',
    sentence: 'Every extent shows bytes that a block has.',
    begin: ({ store }, find) => {
      const plainBytesOf = remembering((block) => store.getBlock(block)?.plainBytes)
      return {
        extent({ ino, offset, length, block, blockOffset }) {
          const plainBytes = plainBytesOf(block)
          if (plainBytes === undefined) {
            find('an extent refers to a block that does not exist', { ino, offset, block })
          } else if (blockOffset < 0 || blockOffset + length > plainBytes) {
            const details = { ino, offset, block, blockOffset, length, plainBytes }
            find('an extent shows bytes that its block does not have', details)
          }
        },
      }
    },
  },
]

/** Rules about the file system's records of itself. */
const recordRules: readonly ViewRule[] = [
  {
    id: 'totals',
    sentence: 'The totals equal the rows.',
    begin: ({ store }, find) => {
      const rows = { inodes: 0, dentries: 0, extents: 0, blocks: 0, packs: 0 }
      return {
        pack: () => void rows.packs++,
        block: () => void rows.blocks++,
        inode: () => void rows.inodes++,
        dentry: () => void rows.dentries++,
        extent: () => void rows.extents++,
        end() {
          const totals = store.totals()
          for (const name of Object.keys(rows) as (keyof typeof rows)[]) {
            if (totals[name] === rows[name]) continue
            find('a total is wrong', { of: name, total: totals[name], rows: rows[name] })
          }
        },
      }
    },
  },
  {
    id: 'session',
    sentence: 'Nobody has the file system mounted.',
    begin: (_view, find) => ({
      session({ open, host, pid, sinceMs }) {
        if (!open) return
        const since = new Date(sinceMs).toISOString()
        const message = 'the newest session did not end: it lives, or its machine crashed'
        find(message, { host, pid, since }, 'info')
      },
    }),
  },
]

/** Rules about data: where files' bytes are, and the blocks and packs that hold them. */
export const dataRules: readonly ViewRule[] = [...blockRules, ...extentRules, ...recordRules]
