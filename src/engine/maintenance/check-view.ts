import { type MetadataStore, type RowChange, S_IFMT } from '../../core/index.ts'
import { nextTurn } from '../commit/turns.ts'
import type { ProgressListener } from '../progress.ts'
import { dataRules } from './data-rules.ts'
import type { Findings } from './finding.ts'
import { inodeRules } from './inode-rules.ts'
import { NumbersById } from './numbers-by-id.ts'
import type { RowChecker, ViewRule } from './rule.ts'
import { treeRules } from './tree-rules.ts'

/** Rows checked in one turn of the event loop. */
const ROWS_GRAIN = 4096

/** Every rule about rows. */
export const viewRules: readonly ViewRule[] = [...inodeRules, ...treeRules, ...dataRules]

/**
 * Holds every row of a view against every rule, in one pass.
 *
 * Memory: about 40 bytes per inode, 24 per directory and 8 per block, whatever else there is.
 *
 * @param store - everything in it committed
 */
export async function checkView(
  store: MetadataStore,
  findings: Findings,
  progress: ProgressListener,
): Promise<void> {
  const types = new NumbersById()
  const view = { store, typeOf: (ino: number) => types.get(ino) }
  const checkers = viewRules.map((rule) => rule.begin(view, findings.of(rule.id)))
  const { inodes, dentries, extents, blocks, packs } = store.totals()
  const total = inodes + dentries + extents + blocks + packs
  let done = 0
  using snapshot = store.snapshot()
  for (const change of snapshot.dump()) {
    if (change.kind === 'inode') types.set(change.row.ino, change.row.mode & S_IFMT)
    for (const checker of checkers) show(checker, change)
    done += 1
    if (done % ROWS_GRAIN === 0) {
      progress({ phase: 'checking the rows', done, total, unit: 'rows' })
      await nextTurn()
    }
  }
  for (const checker of checkers) checker.end?.()
}

/** Shows a row to a checker that is interested. */
function show(checker: RowChecker, change: RowChange): void {
  switch (change.kind) {
    case 'pack':
      checker.pack?.(change.row)
      return
    case 'block':
      checker.block?.(change.row)
      return
    case 'inode':
      checker.inode?.(change.row)
      return
    case 'dentry':
      checker.dentry?.(change)
      return
    case 'xattr':
      checker.xattr?.(change.row)
      return
    case 'extent':
      checker.extent?.(change.row)
      return
    case 'session':
      checker.session?.(change.row)
      return
    case 'inodeDelete':
    case 'dentryDelete':
    case 'xattrDelete':
    case 'extentClear':
    case 'blockDelete':
    case 'packDelete':
    case 'data':
      throw new TypeError(`a view holds no row of kind ${change.kind}`)
  }
}
