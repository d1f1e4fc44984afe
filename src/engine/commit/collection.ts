/** What a commit can take out of the bucket, and what has to move first. */
import type {
  BlockId,
  BlockRow,
  MetadataStore,
  PackRow,
  RowChange,
  Sequence,
} from '../../core/index.ts'
import { OFFSET_MAX } from '../../core/index.ts'
import { packKey } from '../../format/object-keys.ts'
import type { CopySource } from '../pipeline/pipeline.ts'

/** Dead blocks looked at in one round. */
const DEAD_BLOCKS_MAX = 100_000

/**
 * Sealed bytes moved in one round. The commit that moves them carries changes too, which must not wait for
 * long.
 */
const COPY_BYTES_MAX = 256 * 1024 * 1024

/** Blocks and packs that go, and blocks that move to new packs. */
export interface Collection {
  /** Blocks nothing refers to, in packs that go. Deduplication must not pick them up again. */
  readonly doomed: ReadonlySet<BlockId>
  /** Blocks to copy; their packs go. */
  readonly copies: readonly CopySource[]
  /** The packs that go. */
  readonly packs: readonly PackRow[]
}

/** Collects nothing. */
export const nothingToCollect: Collection = { doomed: new Set(), copies: [], packs: [] }

/**
 * Plans a round of garbage collection: packs without a live block go; packs less than half alive and
 * packs inside log objects are emptied into new packs and go.
 *
 * @param logKey - object that holds the packs of an inline commit
 */
export function planCollection(
  store: MetadataStore,
  logKey: (sequence: number) => string,
): Collection {
  const dead = new Map<number, Set<BlockId>>()
  for (const block of store.deadBlocks(DEAD_BLOCKS_MAX)) {
    const of = dead.get(block.pack)
    if (of === undefined) dead.set(block.pack, new Set([block.id]))
    else of.add(block.id)
  }
  const doomed = new Set<BlockId>()
  const copies: CopySource[] = []
  const packs: PackRow[] = []
  let copyBytes = 0
  for (const pack of store.packs()) {
    const deadHere = dead.get(pack.number) ?? new Set()
    if (pack.container === 0 && deadHere.size === 0) continue
    const blocks = store.blocksOfPack(pack.number, 0, OFFSET_MAX)
    const live = blocks.filter(({ id }) => !deadHere.has(id))
    const liveBytes = live.reduce((sum, { storedBytes }) => sum + storedBytes, 0)
    if (pack.container === 0 && liveBytes * 2 >= pack.sizeBytes) continue
    if (copyBytes + liveBytes > COPY_BYTES_MAX) continue
    copyBytes += liveBytes
    packs.push(pack)
    for (const id of deadHere) doomed.add(id)
    const key = pack.container === 0 ? packKey(pack.id) : logKey(pack.container)
    for (const block of live) copies.push(copySource(block, pack, key))
  }
  return { doomed, copies, packs }
}

function copySource(block: BlockRow, pack: PackRow, key: string): CopySource {
  return {
    block: block.id,
    digest: block.digest,
    record: block.record,
    offset: block.offset,
    storedBytes: block.storedBytes,
    plainBytes: block.plainBytes,
    compressor: block.compressor,
    key,
    containerOffset: pack.containerOffset,
    pack: pack.id,
  }
}

/** The changes that take a collection's blocks and packs out of the view. */
export function collectionChanges(collection: Collection): RowChange[] {
  const changes: RowChange[] = []
  for (const id of collection.doomed) changes.push({ kind: 'blockDelete', id })
  for (const { number } of collection.packs) changes.push({ kind: 'packDelete', number })
  return changes
}

/** Objects that a collection leaves without purpose. Packs inside log objects go with those. */
export function collectedKeys(collection: Collection): string[] {
  return collection.packs.filter(({ container }) => container === 0).map(({ id }) => packKey(id))
}

/** The oldest commit whose log object contains a pack, or `undefined` when none does. */
export function oldestContainer(store: MetadataStore): Sequence | undefined {
  let oldest: Sequence | undefined
  for (const { container } of store.packs()) {
    if (container > 0 && (oldest === undefined || container < oldest)) oldest = container
  }
  return oldest
}
