/**
 * Packs: objects that hold blocks.
 *
 * ```
 * header | sealed blocks, back to back | sealed index and padding | sealed trailer
 * ```
 *
 * No length is in clear and the whole has a padded size, so a pack of one small file looks like any
 * other small pack. A pack may lie inside a log object; offsets count from the start of the pack. Byte
 * tables are in `docs/format/pack.md`.
 */
import { DIGEST_BYTES } from '../core/index.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { damaged } from './damage.ts'
import { paddedBytes } from './padme.ts'
import {
  INDEX_RECORD,
  OBJECT_HEADER_BYTES,
  ObjectSealer,
  openObject,
  type SealingContext,
  TRAILER_RECORD,
} from './sealing.ts'

/** Default of the largest pack, bytes, before padding. */
export const PACK_BYTES_DEFAULT = 16 * 1024 * 1024

/** Number of blocks in front of the index's entries. */
const INDEX_HEAD_BYTES = 4
const INDEX_ENTRY_BYTES = DIGEST_BYTES + 17
const TRAILER_BYTES = 16
const WHAT = 'pack index'

/** What the index says about the content of a block. */
export interface PackBlockContent {
  /** Keyed hash of the plaintext, {@link DIGEST_BYTES} bytes. */
  readonly digest: Uint8Array
  /** Size of the plaintext, bytes. */
  readonly plainBytes: number
  /** Format id of the compressor, 0 for none. */
  readonly compressor: number
}

/** Where a block lies in its pack. */
export interface PackLocation {
  /** Number of the record. */
  readonly record: number
  /** Where the sealed record starts, bytes from the start of the pack. */
  readonly offset: number
  /** Size of the sealed record, bytes. */
  readonly storedBytes: number
}

/** One block, as the index of its pack lists it. */
export interface PackIndexEntry extends PackBlockContent, PackLocation {}

/** What a {@link PackBuilder} is made from. */
export interface PackBuilderOptions extends SealingContext {
  /** Fresh random id; never used for two contents. */
  readonly id: Uint8Array
  /** Size to fill up to, bytes, before padding. */
  readonly capacityBytes: number
  /** Memory of an earlier pack to build in; replaced when it is too small. */
  readonly buffer?: Uint8Array | undefined
}

/** Builds one pack in one buffer. */
export class PackBuilder {
  /** The pack's id. */
  readonly id: Uint8Array
  private readonly sealer: ObjectSealer
  private readonly capacityBytes: number
  private readonly index = new ByteWriter(INDEX_HEAD_BYTES + 64 * INDEX_ENTRY_BYTES)
  private buffer: Uint8Array
  private used = OBJECT_HEADER_BYTES
  private blockCount = 0
  private finished = false

  constructor(options: PackBuilderOptions) {
    this.id = options.id
    this.sealer = new ObjectSealer(options, 'pack', options.id)
    this.capacityBytes = options.capacityBytes
    this.buffer = options.buffer ?? Buffer.allocUnsafeSlow(paddedBytes(options.capacityBytes))
    this.index.u32(0)
  }

  /** Blocks so far. */
  get count(): number {
    return this.blockCount
  }

  /** Size of the pack without padding if it was finished now. */
  get sizeBytes(): number {
    return this.used + this.indexBytes(this.blockCount) + this.trailerBytes
  }

  private get trailerBytes(): number {
    return TRAILER_BYTES + this.sealer.overheadBytes
  }

  private indexBytes(blocks: number): number {
    return INDEX_HEAD_BYTES + blocks * INDEX_ENTRY_BYTES + this.sealer.overheadBytes
  }

  private sizeWith(payloadBytes: number): number {
    return this.sizeBytes + payloadBytes + this.sealer.overheadBytes + INDEX_ENTRY_BYTES
  }

  /** Whether a payload of this size has room. The first block always has. */
  fits(payloadBytes: number): boolean {
    return this.blockCount === 0 || this.sizeWith(payloadBytes) <= this.capacityBytes
  }

  /**
   * Seals a block into the pack.
   *
   * @param payload - the compressed block, or the block itself; borrowed for the call
   */
  add(payload: Uint8Array, content: PackBlockContent): PackLocation {
    if (this.finished) throw new TypeError('pack is finished')
    this.reserve(paddedBytes(this.sizeWith(payload.length)))
    const record = this.blockCount
    const offset = this.used
    const storedBytes = this.sealer.seal(record, payload, this.buffer, offset)
    this.index.bytes(content.digest)
    this.index.u32(record)
    this.index.u32(offset)
    this.index.u32(storedBytes)
    this.index.u32(content.plainBytes)
    this.index.u8(content.compressor)
    this.used = offset + storedBytes
    this.blockCount = record + 1
    return { record, offset, storedBytes }
  }

  /**
   * Closes the pack.
   *
   * @param pad - false for a pack that goes into a log object, which is padded itself
   * @returns the pack, a view of the builder's memory
   */
  finish(pad = true): Uint8Array {
    if (this.finished) throw new TypeError('pack is finished')
    this.finished = true
    const bareBytes = this.sizeBytes
    const totalBytes = pad ? paddedBytes(bareBytes) : bareBytes
    this.reserve(totalBytes)
    const indexOffset = this.used
    this.index.patchU32(0, this.blockCount)
    this.index.zeros(totalBytes - bareBytes)
    const indexBytes = this.sealer.seal(INDEX_RECORD, this.index.view(), this.buffer, indexOffset)
    const trailer = new ByteWriter(TRAILER_BYTES)
    trailer.u32(indexOffset)
    trailer.u32(indexBytes)
    trailer.u32(this.blockCount)
    trailer.u32(0)
    this.sealer.seal(TRAILER_RECORD, trailer.view(), this.buffer, indexOffset + indexBytes)
    this.sealer.writeHeader(this.buffer, 0)
    return this.buffer.subarray(0, totalBytes)
  }

  /** Gives up the builder and returns its memory for another. */
  releaseBuffer(): Uint8Array {
    this.finished = true
    const buffer = this.buffer
    this.buffer = new Uint8Array(0)
    return buffer
  }

  private reserve(bytes: number): void {
    if (bytes <= this.buffer.length) return
    const grown = Buffer.allocUnsafeSlow(bytes)
    grown.set(this.buffer.subarray(0, this.used))
    this.buffer = grown
  }
}

/**
 * Reads the index of a pack, from its id and its whole bytes.
 *
 * @param bytes - the pack and nothing else; the blocks in it are not looked at
 * @param expectedId - id the pack must have, such as the one in its key
 * @throws StratusError `DATA_CORRUPT`, `FORMAT_UNSUPPORTED`
 */
export function readPackIndex(
  context: SealingContext,
  bytes: Uint8Array,
  expectedId?: Uint8Array,
): { readonly id: Uint8Array; readonly blocks: PackIndexEntry[] } {
  const { id, sealer } = openObject(context, 'pack', bytes)
  if (expectedId !== undefined && Buffer.compare(id, expectedId) !== 0) {
    throw damaged('pack has another id')
  }
  const trailerAt = bytes.length - TRAILER_BYTES - sealer.overheadBytes
  if (trailerAt < OBJECT_HEADER_BYTES) throw damaged('pack is cut short')
  const trailer = new ByteReader(sealer.open(TRAILER_RECORD, bytes.subarray(trailerAt)), WHAT)
  const indexOffset = trailer.u32()
  const indexBytes = trailer.u32()
  const count = trailer.u32()
  if (indexOffset < OBJECT_HEADER_BYTES || indexOffset + indexBytes !== trailerAt) {
    throw damaged('pack has another size than its trailer says')
  }
  const index = sealer.open(INDEX_RECORD, bytes.subarray(indexOffset, trailerAt))
  return { id, blocks: decodeIndex(index, count, indexOffset) }
}

function decodeIndex(index: Uint8Array, count: number, blocksEnd: number): PackIndexEntry[] {
  const reader = new ByteReader(index, WHAT)
  if (reader.u32() !== count) throw damaged('pack index has another length than the trailer says')
  const blocks: PackIndexEntry[] = []
  let next = OBJECT_HEADER_BYTES
  for (let expected = 0; expected < count; expected += 1) {
    const digest = reader.bytes(DIGEST_BYTES)
    const record = reader.u32()
    const offset = reader.u32()
    const storedBytes = reader.u32()
    const plainBytes = reader.u32()
    const compressor = reader.u8()
    if (record !== expected || offset !== next) throw damaged('pack index is out of order')
    next = offset + storedBytes
    blocks.push({ digest, record, offset, storedBytes, plainBytes, compressor })
  }
  if (next !== blocksEnd) throw damaged('pack index does not cover its blocks')
  return blocks
}

/**
 * Opens the blocks of one pack.
 *
 * Needs the id and no header, so that a ranged read of the blocks is enough.
 */
export class PackOpener {
  private readonly sealer: ObjectSealer

  constructor(context: SealingContext, id: Uint8Array) {
    this.sealer = new ObjectSealer(context, 'pack', id)
  }

  /**
   * Returns the payload of a block: compressed, or the block itself.
   *
   * @throws StratusError `DATA_CORRUPT`
   */
  open(record: number, sealed: Uint8Array): Uint8Array {
    return this.sealer.open(record, sealed)
  }
}

/** Opens one block of a pack. For several use one {@link PackOpener}. */
export function openPackRecord(
  context: SealingContext,
  packId: Uint8Array,
  record: number,
  sealed: Uint8Array,
): Uint8Array {
  return new PackOpener(context, packId).open(record, sealed)
}
