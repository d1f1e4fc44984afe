/** Turns a sealed state into packs and one log object. One attempt: a failure gives up all of it. */
import type {
  BlockId,
  DedupIndex,
  PackNumber,
  RowChange,
  Sequence,
  SessionRow,
} from '../../core/index.ts'
import { ChangeWriter } from '../../format/changes.ts'
import { LOG_PACK_OFFSET, logObjectHash } from '../../format/log-object.ts'
import { reached } from '../failpoints.ts'
import type {
  Claim,
  CommitWriter,
  DataRange,
  FinishedPack,
  LogHeader,
  Piece,
  Pipeline,
} from '../pipeline/pipeline.ts'
import { type Collection, collectionChanges } from './collection.ts'
import type { SealedState } from './sealed-state.ts'

/**
 * Commits with at most this much new data carry it inside their log object, bytes: one request instead
 * of two, and a log object stays small enough to be read whole at mount.
 */
const INLINE_BYTES_MAX: number = 256 * 1024

/** Data handed to one pipeline thread at a time, bytes of plaintext: half a pack keeps both cores busy. */
const JOB_BYTES = 8 * 1024 * 1024

/** Ranges in one job; keeps its message short when files are tiny. */
const JOB_RANGES = 4096

/** Jobs under way at once; more than threads, so that none waits for the next message. */
const JOBS_MAX = 6

/** Numbers for new blocks and packs. Gaps left by failed attempts do no harm. */
export interface Numbers {
  block: BlockId
  pack: PackNumber
}

/** What goes into a commit besides the sealed state. */
export interface BuildRequest {
  readonly state: SealedState
  readonly header: LogHeader
  readonly collection: Collection
  readonly session: SessionRow | undefined
}

/** A commit ready to be appended. */
export interface BuiltCommit {
  readonly sequence: Sequence
  readonly object: Uint8Array
  readonly hash: string
  /** Changes of files' data, to apply to the view once the commit stands. */
  readonly data: readonly RowChange[]
  /** All changes, encoded, as the log object has them. */
  readonly changes: Uint8Array
}

/** Cuts ranges into jobs. Ranges of one file stay in order, so that their blocks come out joined. */
function* jobs(ranges: readonly DataRange[]): Generator<DataRange[]> {
  let job: DataRange[] = []
  let bytes = 0
  for (const range of ranges) {
    if (bytes + range.length > JOB_BYTES || job.length >= JOB_RANGES) {
      if (job.length > 0) yield job
      job = []
      bytes = 0
    }
    job.push(range)
    bytes += range.length
  }
  if (job.length > 0) yield job
}

async function storeAll(writer: CommitWriter, ranges: readonly DataRange[]): Promise<Piece[]> {
  const pieces: Piece[][] = []
  const queue = jobs(ranges)
  let count = 0
  const lane = async (): Promise<void> => {
    for (const job of queue) {
      const index = count++
      pieces[index] = await writer.store(job)
    }
  }
  await Promise.all(Array.from({ length: JOBS_MAX }, lane))
  return pieces.flat()
}

/** Builds one commit. */
export async function buildCommit(
  pipeline: Pipeline,
  dedup: DedupIndex,
  numbers: Numbers,
  request: BuildRequest,
): Promise<BuiltCommit> {
  const { state, header, collection } = request
  const inline = state.dataBytes <= INLINE_BYTES_MAX && collection.copies.length === 0
  const claimed = new Map<string, BlockId>()
  const claim = (digest: Uint8Array): Claim => {
    const stored = dedup.find(digest)
    if (stored !== undefined && !collection.doomed.has(stored)) {
      return { block: stored, fresh: false }
    }
    const key = Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('latin1')
    const earlier = claimed.get(key)
    if (earlier !== undefined) return { block: earlier, fresh: false }
    const block = ++numbers.block
    claimed.set(key, block)
    return { block, fresh: true }
  }
  let pieces: Piece[] = []
  let packs: FinishedPack[] = []
  if (state.ranges.length > 0 || collection.copies.length > 0) {
    const writer = pipeline.beginCommit(claim, inline)
    try {
      pieces = await storeAll(writer, state.ranges)
      if (collection.copies.length > 0) await writer.copy(collection.copies)
      packs = await writer.finish()
    } catch (cause) {
      await writer.abort()
      throw cause
    }
  }
  reached('commit.afterPacks')
  const data: RowChange[] = [...state.clears]
  for (const pack of packs) addPack(pack, header.sequence, numbers, data)
  for (const { ino, offset, length, block } of pieces) {
    data.push({ kind: 'extent', row: { ino, offset, length, block, blockOffset: 0 } })
  }
  // Last: while the changes are applied in turns, every block must have a pack.
  data.push(...collectionChanges(collection))
  if (request.session !== undefined) data.push({ kind: 'session', row: request.session })
  const changes = encodeChanges(state.tree, data)
  const inlinePack = packs.find(({ bytes }) => bytes !== undefined)?.bytes
  // The pipeline takes over the buffer it is given; the checkpoint may still need these changes.
  const { object } = await pipeline.sealLog(header, changes.slice(), inlinePack)
  return { sequence: header.sequence, object, hash: logObjectHash(object), data, changes }
}

function addPack(
  pack: FinishedPack,
  sequence: Sequence,
  numbers: Numbers,
  data: RowChange[],
): void {
  const number = ++numbers.pack
  const inline = pack.bytes !== undefined
  data.push({
    kind: 'pack',
    row: {
      number,
      id: pack.id,
      container: inline ? sequence : 0,
      containerOffset: inline ? LOG_PACK_OFFSET : 0,
      sizeBytes: pack.sizeBytes,
    },
  })
  for (const block of pack.blocks) {
    data.push({
      kind: 'block',
      row: {
        id: block.block,
        digest: block.digest,
        pack: number,
        record: block.record,
        offset: block.offset,
        storedBytes: block.storedBytes,
        plainBytes: block.plainBytes,
        compressor: block.compressor,
      },
    })
  }
}

function encodeChanges(tree: Uint8Array, data: readonly RowChange[]): Uint8Array {
  const writer = new ChangeWriter()
  for (const change of data) writer.put(change)
  const encoded = writer.bytes()
  const changes = new Uint8Array(tree.byteLength + encoded.byteLength)
  changes.set(tree)
  changes.set(encoded, tree.byteLength)
  return changes
}
