import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SpaceMap } from '../../../src/engine/blocks/space-map.ts'
import type { CacheRun } from '../../../src/engine/pipeline/pipeline.ts'

const UNIT = 4096

describe('a space map', () => {
  it('gives a block exactly its bytes, in whole units', () => {
    const map = new SpaceMap(10 * UNIT)
    const runs = map.allocate(2 * UNIT + 1) as CacheRun[]
    expect(runs.reduce((sum, { length }) => sum + length, 0)).toBe(2 * UNIT + 1)
    expect(map.freeBytes).toBe(7 * UNIT)
    map.release(runs)
    expect(map.freeBytes).toBe(10 * UNIT)
  })

  it('refuses what does not fit, and loses nothing by it', () => {
    const map = new SpaceMap(2 * UNIT)
    expect(map.allocate(2 * UNIT + 1)).toBeUndefined()
    expect(map.allocate(2 * UNIT)).toBeDefined()
    expect(map.allocate(1)).toBeUndefined()
  })

  it('has no room at all below one unit', () => {
    expect(new SpaceMap(UNIT - 1).allocate(1)).toBeUndefined()
  })

  it('never gives the same place to two blocks, whatever comes and goes', () => {
    const step = fc.record({
      take: fc.boolean(),
      bytes: fc.integer({ min: 1, max: 9 * UNIT }),
      which: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const units = 64
        const map = new SpaceMap(units * UNIT)
        const held: CacheRun[][] = []
        for (const { take, bytes, which } of steps) {
          if (take) {
            const runs = map.allocate(bytes)
            if (runs !== undefined) {
              expect(runs.reduce((sum, { length }) => sum + length, 0)).toBe(bytes)
              held.push(runs)
            }
          } else if (held.length > 0) {
            map.release(held.splice(which % held.length, 1)[0] as CacheRun[])
          }
          const owners = new Set<number>()
          let used = 0
          for (const { position, length } of held.flat()) {
            expect(position % UNIT).toBe(0)
            for (let at = position; at < position + length; at += UNIT) {
              owners.add(at)
              used++
              expect(at).toBeLessThan(units * UNIT)
            }
          }
          expect(owners.size).toBe(used)
          expect(map.freeBytes).toBe((units - used) * UNIT)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('can be filled again after it was in thousands of pieces', () => {
    const units = 5000
    const map = new SpaceMap(units * UNIT)
    const all = Array.from({ length: units }, () => map.allocate(UNIT) as CacheRun[])
    for (const [index, runs] of all.entries()) if (index % 2 === 0) map.release(runs)
    for (const [index, runs] of all.entries()) if (index % 2 === 1) map.release(runs)
    expect(map.freeBytes).toBe(units * UNIT)
    expect(map.allocate(units * UNIT)).toBeDefined()
    expect(map.freeBytes).toBe(0)
  })
})
