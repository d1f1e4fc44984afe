import { type Token, token } from './token.ts'
import type { MaybePromise } from './units.ts'

/**
 * Makes blocks smaller.
 *
 * - **Round trip.** `decompress(compress(x), x.length)` equals `x`, for every `x` including the empty one.
 *   [CO-01]
 * - **Honest sizes.** `decompress` returns exactly `plainBytes` bytes, or rejects with `DATA_CORRUPT`: it
 *   never inflates past the stated size. [CO-02, CO-03]
 * - **Damage is an error.** Truncated or altered input gives `DATA_CORRUPT` or other bytes of the right
 *   length, never a crash or another kind of error. (Blocks are authenticated before they get
 *   here.) [CO-04]
 * - **Any level reads any level.** Levels change the output, not the format. [CO-05]
 *
 * Called in pipeline threads, one call at a time per instance.
 */
export interface Compressor {
  /**
   * Number of the format, stored with each block so that any mount can read it. Assigned once, in
   * `docs/format/pack.md`; third parties use 128 to 255.
   */
  readonly formatId: number

  /**
   * Returns the compressed form, owned by the caller. It may be longer than the input; the caller
   * then stores the input itself.
   *
   * @param plain - borrowed for the call
   */
  compress(plain: Uint8Array): MaybePromise<Uint8Array>

  /**
   * Returns what `compress` was given.
   *
   * @param compressed - borrowed for the call
   * @param plainBytes - exact size of the result
   * @throws StratusError `DATA_CORRUPT`
   */
  decompress(compressed: Uint8Array, plainBytes: number): MaybePromise<Uint8Array>
}

/** Token of the contract {@link Compressor}. */
export const Compressor: Token<Compressor> = token('Compressor')
