/**
 * Descriptors as numbers in typed arrays.
 *
 * A commit of small files has tens of thousands of them, and cloning an object for each into another
 * thread would cost the core thread more than everything else it does for a file.
 */
import { DIGEST_BYTES } from '../../core/index.ts'
import { OBJECT_ID_BYTES } from '../../format/sealing.ts'
import type { Claim, CopySource, DataRange, FinishedPack, PackedBlock, Piece } from './pipeline.ts'
import { compact, concatenate } from './transfer.ts'

/** Encoded {@link DataRange}s. */
export interface RangeTable {
  readonly files: readonly string[]
  /** For each range: index of its file, position, length, ino, offset. */
  readonly numbers: Float64Array
}

/** Encoded {@link CopySource}s. */
export interface SourceTable {
  readonly keys: readonly string[]
  /** Pack ids, one behind the other. */
  readonly packs: Uint8Array
  /** Digests, one behind the other. */
  readonly digests: Uint8Array
  /** For each source: index of its key, where its pack starts, then as in {@link PackTable}. */
  readonly numbers: Float64Array
}

/** An encoded {@link FinishedPack}. */
export interface PackTable {
  readonly id: Uint8Array
  readonly sizeBytes: number
  readonly bytes: Uint8Array | undefined
  /** Digests, one behind the other. */
  readonly digests: Uint8Array
  /** For each block: number, record, offset, stored size, plain size, compressor. */
  readonly numbers: Float64Array
}

const RANGE_NUMBERS = 5
const PIECE_NUMBERS = 4
const BLOCK_NUMBERS = 6
const SOURCE_NUMBERS = 2 + BLOCK_NUMBERS

/** Gives each distinct string a number. */
class StringTable {
  readonly strings: string[] = []
  private readonly indexes = new Map<string, number>()

  indexOf(value: string): number {
    const known = this.indexes.get(value)
    if (known !== undefined) return known
    this.indexes.set(value, this.strings.length)
    return this.strings.push(value) - 1
  }
}

export function encodeRanges(ranges: readonly DataRange[]): RangeTable {
  const files = new StringTable()
  const numbers = new Float64Array(ranges.length * RANGE_NUMBERS)
  let at = 0
  for (const { file, position, length, ino, offset } of ranges) {
    numbers[at] = files.indexOf(file)
    numbers[at + 1] = position
    numbers[at + 2] = length
    numbers[at + 3] = ino
    numbers[at + 4] = offset
    at += RANGE_NUMBERS
  }
  return { files: files.strings, numbers }
}

export function decodeRanges({ files, numbers }: RangeTable): DataRange[] {
  const ranges: DataRange[] = []
  for (let at = 0; at < numbers.length; at += RANGE_NUMBERS) {
    ranges.push({
      file: files[number(numbers, at)] as string,
      position: number(numbers, at + 1),
      length: number(numbers, at + 2),
      ino: number(numbers, at + 3),
      offset: number(numbers, at + 4),
    })
  }
  return ranges
}

export function encodePieces(pieces: readonly Piece[]): Float64Array {
  const numbers = new Float64Array(pieces.length * PIECE_NUMBERS)
  let at = 0
  for (const { ino, offset, length, block } of pieces) {
    numbers[at] = ino
    numbers[at + 1] = offset
    numbers[at + 2] = length
    numbers[at + 3] = block
    at += PIECE_NUMBERS
  }
  return numbers
}

export function decodePieces(numbers: Float64Array): Piece[] {
  const pieces: Piece[] = []
  for (let at = 0; at < numbers.length; at += PIECE_NUMBERS) {
    pieces.push({
      ino: number(numbers, at),
      offset: number(numbers, at + 1),
      length: number(numbers, at + 2),
      block: number(numbers, at + 3),
    })
  }
  return pieces
}

/** One number for each claim: the block twice, and one more when it is fresh. */
export function encodeClaims(claims: readonly Claim[]): Float64Array {
  const numbers = new Float64Array(claims.length)
  for (const [index, { block, fresh }] of claims.entries()) {
    numbers[index] = 2 * block + (fresh ? 1 : 0)
  }
  return numbers
}

export function decodeClaims(numbers: Float64Array): Claim[] {
  const claims: Claim[] = []
  for (const value of numbers) {
    const fresh = value % 2 === 1
    claims.push({ block: Math.floor(value / 2), fresh })
  }
  return claims
}

export function encodePack({ id, sizeBytes, bytes, blocks }: FinishedPack): PackTable {
  const numbers = new Float64Array(blocks.length * BLOCK_NUMBERS)
  for (const [index, block] of blocks.entries()) writeBlock(numbers, index * BLOCK_NUMBERS, block)
  return {
    id: compact(id),
    sizeBytes,
    bytes: bytes === undefined ? undefined : compact(bytes),
    digests: digestsOf(blocks),
    numbers,
  }
}

export function decodePack({ id, sizeBytes, bytes, digests, numbers }: PackTable): FinishedPack {
  const blocks: PackedBlock[] = []
  for (let at = 0, index = 0; at < numbers.length; at += BLOCK_NUMBERS, index += 1) {
    blocks.push(readBlock(numbers, at, digests, index))
  }
  return { id, sizeBytes, blocks, bytes }
}

export function encodeSources(sources: readonly CopySource[]): SourceTable {
  const keys = new StringTable()
  const numbers = new Float64Array(sources.length * SOURCE_NUMBERS)
  for (const [index, source] of sources.entries()) {
    const at = index * SOURCE_NUMBERS
    numbers[at] = keys.indexOf(source.key)
    numbers[at + 1] = source.containerOffset
    writeBlock(numbers, at + 2, source)
  }
  const packs = sources.map((source) => source.pack)
  return {
    keys: keys.strings,
    packs: concatenate(packs, OBJECT_ID_BYTES),
    digests: digestsOf(sources),
    numbers,
  }
}

export function decodeSources({ keys, packs, digests, numbers }: SourceTable): CopySource[] {
  const sources: CopySource[] = []
  for (let at = 0, index = 0; at < numbers.length; at += SOURCE_NUMBERS, index += 1) {
    sources.push({
      ...readBlock(numbers, at + 2, digests, index),
      key: keys[number(numbers, at)] as string,
      containerOffset: number(numbers, at + 1),
      pack: packs.subarray(index * OBJECT_ID_BYTES, (index + 1) * OBJECT_ID_BYTES),
    })
  }
  return sources
}

function writeBlock(numbers: Float64Array, at: number, block: PackedBlock): void {
  numbers[at] = block.block
  numbers[at + 1] = block.record
  numbers[at + 2] = block.offset
  numbers[at + 3] = block.storedBytes
  numbers[at + 4] = block.plainBytes
  numbers[at + 5] = block.compressor
}

function readBlock(
  numbers: Float64Array,
  at: number,
  digests: Uint8Array,
  index: number,
): PackedBlock {
  return {
    block: number(numbers, at),
    digest: digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES),
    record: number(numbers, at + 1),
    offset: number(numbers, at + 2),
    storedBytes: number(numbers, at + 3),
    plainBytes: number(numbers, at + 4),
    compressor: number(numbers, at + 5),
  }
}

function digestsOf(blocks: readonly PackedBlock[]): Uint8Array {
  const digests = blocks.map((block) => block.digest)
  return concatenate(digests, DIGEST_BYTES)
}

/** The tables are as long as they were made: the index is never out of bounds. */
function number(numbers: Float64Array, at: number): number {
  return numbers[at] as number
}
