import { type Token, token } from './token.ts'
import type { BlockId } from './units.ts'

/** Bytes of a digest: HMAC-SHA-256 of a block's plaintext under a key of the file system. */
export const DIGEST_BYTES = 32

/**
 * Finds the block that already holds some content.
 *
 * The index follows the view: the engine calls `insert` and `remove` as commits are applied, in the
 * transaction that also stores the block, and asks `find` while it builds the next commit.
 *
 * - **Exact.** `find` returns the block that was inserted under the digest and not removed since. A miss
 *   for a known digest costs space only; a wrong hit would lose data and must not happen. [DI-01, DI-02]
 * - **One block per digest.** A second `insert` of a digest keeps the first. [DI-03]
 * - **Bounded memory**, whatever the number of blocks.
 *
 * Called in the core thread; every call is synchronous and cheap.
 */
export interface DedupIndex {
  /**
   * Returns the block that holds the content with this digest, or `undefined`.
   *
   * @param digest - {@link DIGEST_BYTES} bytes; borrowed for the call
   */
  find(digest: Uint8Array): BlockId | undefined
  /** Remembers that `block` holds the content with this digest. */
  insert(digest: Uint8Array, block: BlockId): void
  /** Forgets a block that is about to be deleted. Unknown pairs are ignored. [DI-04] */
  remove(digest: Uint8Array, block: BlockId): void
}

/** Token of the contract {@link DedupIndex}. */
export const DedupIndex: Token<DedupIndex> = token('DedupIndex')
