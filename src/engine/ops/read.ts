/**
 * Reading file data: what the journal holds of it, what the cache holds, and the rest from the
 * bucket.
 */
import {
  type BlockRow,
  type LocatedExtent,
  type MaybePromise,
  OFFSET_MAX,
  PosixError,
} from '../../core/index.ts'
import { type BlockReader, SMALL_FILE_BYTES } from '../blocks/block-reader.ts'
import type { Inode } from '../tree/inode.ts'
import type { Overlay, OverlayPiece } from '../tree/overlay.ts'
import type { Volume } from '../tree/volume.ts'
import { readAhead } from './read-ahead.ts'

/** Bytes that have to come from a block that is not in the cache. */
interface Missing {
  readonly block: BlockRow
  readonly blockOffset: number
  readonly target: Uint8Array
}

/** One call of `read`. */
class Reader {
  readonly missing: Missing[] = []
  /** Whether any byte came from a committed block. */
  committed = false
  readonly #volume: Volume
  readonly #blocks: BlockReader
  readonly #inode: Inode
  readonly #start: number
  readonly #target: Uint8Array

  constructor(
    volume: Volume,
    blocks: BlockReader,
    inode: Inode,
    start: number,
    target: Uint8Array,
  ) {
    this.#volume = volume
    this.#blocks = blocks
    this.#inode = inode
    this.#start = start
    this.#target = target
  }

  /** Fills the target but for what is `missing`. */
  fill(): void {
    const { overlay, sealedOverlay } = this.#inode
    const end = this.#start + this.#target.byteLength
    const layers = [overlay, sealedOverlay].filter((layer) => layer !== undefined)
    this.#layer(layers, 0, this.#start, end, OFFSET_MAX)
  }

  #layer(layers: Overlay[], index: number, from: number, to: number, limit: number): void {
    const layer = layers[index]
    if (layer === undefined) {
      this.#base(from, to, limit)
      return
    }
    const below = Math.min(limit, layer.baseLimit)
    layer.visit(from, to, {
      piece: (offset, length, piece, skip) => {
        // Data of a lower layer above the limit of a higher one was cut off since.
        const visible = Math.max(0, Math.min(length, limit - offset))
        if (visible > 0) this.#piece(offset, visible, piece, skip)
        if (visible < length) this.#part(offset + visible, length - visible).fill(0)
      },
      gap: (offset, length) => this.#layer(layers, index + 1, offset, offset + length, below),
    })
  }

  #piece(offset: number, length: number, piece: OverlayPiece, skip: number): void {
    const target = this.#part(offset, length)
    if (piece.segment === undefined) target.fill(0)
    else this.#volume.journal.read(piece.segment, piece.position + skip, target)
  }

  #base(from: number, to: number, limit: number): void {
    const end = Math.max(from, Math.min(to, limit))
    let at = from
    const extents = end > from ? this.#volume.store.extents(this.#inode.ino, from, end) : []
    for (const located of extents) {
      const { offset, length } = located.extent
      const start = Math.max(at, offset)
      if (start > at) this.#part(at, start - at).fill(0)
      at = Math.min(end, offset + length)
      this.#extent(located, start, at)
    }
    if (at < to) this.#part(at, to - at).fill(0)
  }

  #extent({ extent, block }: LocatedExtent, from: number, to: number): void {
    this.committed = true
    const blockOffset = extent.blockOffset + (from - extent.offset)
    const target = this.#part(from, to - from)
    if (!this.#blocks.readCached(block.id, blockOffset, target)) {
      this.missing.push({ block, blockOffset, target })
    }
  }

  #part(offset: number, length: number): Uint8Array {
    const at = offset - this.#start
    return this.#target.subarray(at, at + length)
  }
}

/** See `Operations.read`. */
export function read(
  volume: Volume,
  blocks: BlockReader,
  inode: Inode,
  offset: number,
  target: Uint8Array,
): MaybePromise<number> {
  if (inode.isDirectory) throw new PosixError('EISDIR')
  if (!inode.isRegular) throw new PosixError('EINVAL')
  const count = Math.max(0, Math.min(target.byteLength, inode.size - offset))
  if (count === 0) return 0
  const reader = new Reader(volume, blocks, inode, offset, target.subarray(0, count))
  reader.fill()
  if (reader.missing.length === 0) {
    if (reader.committed) readAhead(volume, blocks, inode, offset, count)
    return count
  }
  const wanted = reader.missing.map(({ block }) => block)
  const loading = blocks.load(wanted, inode.size < SMALL_FILE_BYTES)
  readAhead(volume, blocks, inode, offset, count)
  return finish(loading, reader.missing, count)
}

async function finish(
  loading: ReturnType<BlockReader['load']>,
  missing: readonly Missing[],
  count: number,
): Promise<number> {
  const lease = await loading
  try {
    for (const { block, blockOffset, target } of missing) lease.read(block.id, blockOffset, target)
  } finally {
    lease.release()
  }
  return count
}
