import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LruPolicy } from '../../../../src/plugins/cache-lru/lru-policy.ts'

function drain(policy: LruPolicy, pinned: (block: number) => boolean = () => false): number[] {
  const order: number[] = []
  for (let block = policy.victim(pinned); block !== undefined; block = policy.victim(pinned)) {
    order.push(block)
    policy.removed(block)
  }
  return order
}

describe('least recently used', () => {
  it('offers blocks in the order of their last use', () => {
    const policy = new LruPolicy()
    for (const block of [1, 2, 3, 4]) policy.admitted(block)
    policy.touched(2)
    policy.admitted(1)
    expect(drain(policy)).toEqual([3, 4, 2, 1])
  })

  it('offers the same block again until it is removed', () => {
    const policy = new LruPolicy()
    policy.admitted(1)
    policy.admitted(2)
    expect(policy.victim(() => false)).toBe(1)
    expect(policy.victim(() => false)).toBe(1)
  })

  it('counts a pinned block that it meets as used', () => {
    const policy = new LruPolicy()
    for (const block of [1, 2, 3]) policy.admitted(block)
    expect(policy.victim((block) => block === 1)).toBe(2)
    expect(drain(policy)).toEqual([2, 3, 1])
  })

  it('agrees with a plain list', () => {
    const call = fc.record({
      kind: fc.constantFrom('admitted', 'touched', 'removed', 'victim'),
      block: fc.integer({ min: 1, max: 100 }).map((block) => block * 2 ** 40),
    })
    fc.assert(
      fc.property(fc.array(call, { maxLength: 400 }), (calls) => {
        const policy = new LruPolicy()
        const list: number[] = []
        for (const { kind, block } of calls) {
          const at = list.indexOf(block)
          if (kind === 'victim') {
            expect(policy.victim(() => false)).toBe(list[0])
          } else {
            policy[kind](block)
            if (at >= 0) list.splice(at, 1)
            if (kind === 'admitted' || (kind === 'touched' && at >= 0)) list.push(block)
          }
        }
        expect(drain(policy)).toEqual(list)
      }),
    )
  })
})
