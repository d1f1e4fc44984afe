import { type Token, token } from './token.ts'
import type { BlockId } from './units.ts'

/**
 * Decides which clean blocks stay on the local disk.
 *
 * Pure bookkeeping without I/O. The caller owns the bytes; the policy ranks block numbers.
 *
 * - **Only what it was given.** `victim` returns blocks that were admitted and not removed. [CP-01]
 * - **Complete.** Asked often enough, it offers every admitted block but the pinned ones. [CP-02]
 * - **Pins hold.** A pinned block is never offered, however often it is asked. [CP-03]
 * - **Constant cost.** Each call is O(1) amortised. [CP-04]
 */
export interface CachePolicy {
  /** A copy of the block was stored. */
  admitted(block: BlockId): void
  /** The copy was read. */
  touched(block: BlockId): void
  /** The copy is gone. Unknown blocks are ignored. */
  removed(block: BlockId): void
  /**
   * Returns the block whose copy should go next, or `undefined` when there is none. The block stays
   * admitted until `removed`.
   *
   * @param pinned - tells which blocks must stay for now
   */
  victim(pinned: (block: BlockId) => boolean): BlockId | undefined
}

/** Token of the contract {@link CachePolicy}. */
export const CachePolicy: Token<CachePolicy> = token('CachePolicy')
