import assert from 'node:assert/strict'
import type { CachePolicy } from '../core/cache-policy.ts'
import type { BlockId } from '../core/units.ts'
import type { ConformanceCase } from './case.ts'

/** Blocks of the rule about costs. Enough for a policy that searches to show. */
const MANY = 50_000

/** Time for the rule about costs, many times what a policy needs that does not search. */
const MANY_MS = 10_000

/** The rules of {@link CachePolicy}. */
export const cachePolicyCases: readonly ConformanceCase<CachePolicy>[] = [
  {
    id: 'CP-01',
    rule: 'victim returns blocks that were admitted and not removed, and no others',
    run(policy) {
      assert.equal(policy.victim(nothing), undefined)
      for (let block = 1; block <= 10; block++) policy.admitted(block)
      for (let block = 1; block <= 10; block += 2) policy.removed(block)
      policy.removed(99)
      policy.touched(5)
      policy.touched(98)
      for (const block of drain(policy, 100)) {
        assert.ok(block <= 10 && block % 2 === 0, `block ${block} is not there`)
      }
    },
  },
  {
    id: 'CP-02',
    rule: 'asked often enough, victim offers every admitted block but the pinned ones',
    run(policy) {
      const open = new Set<BlockId>()
      for (let block = 1; block <= 200; block++) {
        policy.admitted(block)
        if (block % 3 === 0) policy.touched(block - 1)
        if (block % 5 === 0) policy.removed(block)
        else if (block % 7 !== 0) open.add(block)
      }
      // Admitted anew after its removal, and admitted twice.
      policy.admitted(5)
      policy.admitted(6)
      open.add(5)
      for (const block of drain(policy, 1000, (block) => block % 7 === 0)) open.delete(block)
      assert.deepEqual([...open], [])
    },
  },
  {
    id: 'CP-03',
    rule: 'victim never returns a pinned block, even when there is no other',
    run(policy) {
      for (let block = 1; block <= 20; block++) policy.admitted(block)
      const pinned = (block: BlockId) => block > 10
      for (const block of drain(policy, 100, pinned)) assert.ok(block <= 10, `${block} is pinned`)
      for (let call = 0; call < 100; call++) {
        assert.equal(
          policy.victim(() => true),
          undefined,
        )
      }
    },
  },
  {
    id: 'CP-04',
    rule: 'the cost of a call does not grow with the number of blocks, pinned ones included',
    run(policy) {
      const deadline = performance.now() + MANY_MS
      const spend = () => assert.ok(performance.now() < deadline, 'the calls take too long')
      for (let block = 1; block <= MANY; block++) {
        policy.admitted(block)
        policy.touched(1 + ((block * 7919) % block))
        if (block % 1000 === 0) spend()
      }
      let questions = 0
      const pinned = (block: BlockId) => {
        questions += 1
        return block <= MANY / 2
      }
      let calls = 0
      for (; calls < MANY / 2; calls++) {
        const block = policy.victim(pinned)
        if (block === undefined) break
        policy.removed(block)
        if (calls % 1000 === 0) spend()
        assert.ok(questions <= 10 * MANY, `${questions} questions in ${calls} calls`)
      }
    },
  },
]

function nothing(): boolean {
  return false
}

/** Asks for victims and removes them, until there are none or `calls` are spent. */
function* drain(
  policy: CachePolicy,
  calls: number,
  pinned: (block: BlockId) => boolean = nothing,
): Iterable<BlockId> {
  for (let call = 0; call < calls; call++) {
    const block = policy.victim(pinned)
    if (block === undefined) return
    yield block
    policy.removed(block)
  }
}
