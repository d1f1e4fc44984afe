import type { Compressor, MaybePromise } from '../../core/index.ts'

/** Format id of a block that is stored as it is. */
export const COMPRESSOR_NONE = 0

/** Blocks up to this size are compressed without asking a sample first, bytes. */
const UNSAMPLED_BYTES_MAX = 64 * 1024

/** A sample is this many slices, spread over the block. */
const SAMPLE_SLICES = 4
const SAMPLE_SLICE_BYTES = 4 * 1024
const SAMPLE_BYTES = SAMPLE_SLICES * SAMPLE_SLICE_BYTES

/**
 * Part of its size a sample may keep for the block to be worth compressing. Photos, films and archives
 * keep everything, text a third; hardly anything lies close to the line.
 */
const SAMPLE_KEPT_MAX = 0.97

/** What goes into the pack for one block. */
export interface EncodedBlock {
  /** May be the plaintext itself. */
  readonly payload: Uint8Array
  /** Format id of the compressor, {@link COMPRESSOR_NONE} for a payload that is the plaintext. */
  readonly compressor: number
}

/** Compresses blocks that shrink and leaves the others as they are. */
export class BlockEncoder {
  constructor(private readonly compressor: Compressor) {}

  /** Returns the payload of a block; a promise only where the compressor gives one. */
  encode(plain: Uint8Array): MaybePromise<EncodedBlock> {
    if (this.compressor.formatId === COMPRESSOR_NONE) return asIs(plain)
    if (plain.length <= UNSAMPLED_BYTES_MAX) return this.compress(plain)
    const sampled = this.compressor.compress(takeSample(plain))
    if (sampled instanceof Promise) {
      return sampled.then((sample) => (shrinks(sample) ? this.compress(plain) : asIs(plain)))
    }
    return shrinks(sampled) ? this.compress(plain) : asIs(plain)
  }

  private compress(plain: Uint8Array): MaybePromise<EncodedBlock> {
    const compressed = this.compressor.compress(plain)
    return compressed instanceof Promise
      ? compressed.then((payload) => this.smaller(plain, payload))
      : this.smaller(plain, compressed)
  }

  private smaller(plain: Uint8Array, compressed: Uint8Array): EncodedBlock {
    return compressed.length < plain.length
      ? { payload: compressed, compressor: this.compressor.formatId }
      : asIs(plain)
  }
}

function asIs(plain: Uint8Array): EncodedBlock {
  return { payload: plain, compressor: COMPRESSOR_NONE }
}

function shrinks(sample: Uint8Array): boolean {
  return sample.length <= SAMPLE_BYTES * SAMPLE_KEPT_MAX
}

function takeSample(plain: Uint8Array): Uint8Array {
  const sample = Buffer.allocUnsafe(SAMPLE_BYTES)
  const stride = Math.floor(plain.length / SAMPLE_SLICES)
  const lead = Math.floor((stride - SAMPLE_SLICE_BYTES) / 2)
  for (let slice = 0; slice < SAMPLE_SLICES; slice += 1) {
    const from = slice * stride + lead
    sample.set(plain.subarray(from, from + SAMPLE_SLICE_BYTES), slice * SAMPLE_SLICE_BYTES)
  }
  return sample
}
