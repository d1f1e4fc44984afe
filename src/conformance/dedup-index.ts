import assert from 'node:assert/strict'
import { type DedupIndex, DIGEST_BYTES } from '../core/dedup-index.ts'
import type { ConformanceCase } from './case.ts'

/**
 * What some rules depend on.
 *
 * - `complete`: the index finds every digest that it was given. Without it, it may forget.
 */
export type DedupIndexCapability = 'complete'

/**
 * The rules of {@link DedupIndex}.
 *
 * Block numbers grow from call to call, as the engine's do.
 */
export const dedupIndexCases: readonly ConformanceCase<DedupIndex, DedupIndexCapability>[] = [
  {
    id: 'DI-01',
    rule: 'find returns the block that was inserted under the digest, and that block only',
    needs: ['complete'],
    run(index) {
      for (let block = 1; block <= 100; block++) index.insert(digest(block), block)
      for (let block = 1; block <= 100; block++) assert.equal(index.find(digest(block)), block)
      assert.equal(index.find(digest(101)), undefined)
      // Digests that differ in one bit are different, wherever the bit is.
      for (let byte = 0; byte < DIGEST_BYTES; byte++) {
        const near = digest(1)
        near[byte] = (near[byte] ?? 0) ^ 1
        assert.equal(index.find(near), undefined, `bit 0 of byte ${byte}`)
      }
    },
  },
  {
    id: 'DI-02',
    rule: 'find does not return a block that was removed',
    run(index) {
      for (let block = 1; block <= 10; block++) index.insert(digest(block), block)
      for (let block = 1; block <= 10; block++) index.remove(digest(block), block)
      for (let block = 1; block <= 10; block++) {
        assert.equal(index.find(digest(block)), undefined)
      }
    },
  },
  {
    id: 'DI-03',
    rule: 'a second block under a digest does not take the place of the first',
    run(index) {
      index.insert(digest(1), 1)
      const first = index.find(digest(1))
      index.insert(digest(1), 2)
      assert.equal(index.find(digest(1)), first)
    },
  },
  {
    id: 'DI-04',
    rule: 'remove ignores digests it does not know and blocks that are not under the digest',
    needs: ['complete'],
    run(index) {
      index.insert(digest(1), 1)
      index.remove(digest(2), 2)
      index.remove(digest(1), 2)
      assert.equal(index.find(digest(1)), 1)
    },
  },
]

/** A digest of its own for each number; all bytes of it vary. */
function digest(seed: number): Uint8Array {
  return Uint8Array.from({ length: DIGEST_BYTES }, (_, at) => (seed * 37 + at * 101) & 0xff)
}
