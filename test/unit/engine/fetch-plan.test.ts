import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BlockRow } from '../../../src/core/index.ts'
import { planFetches, REQUEST_BYTES_MAX } from '../../../src/engine/blocks/fetch-plan.ts'

const KIB = 1024

function block(id: number, pack: number, offset: number, storedBytes: number): BlockRow {
  const digest = new Uint8Array(32)
  return {
    id,
    digest,
    pack,
    record: id,
    offset,
    storedBytes,
    plainBytes: storedBytes,
    compressor: 0,
  }
}

/** Ids of the blocks of each request. */
function plan(blocks: BlockRow[]): number[][] {
  return planFetches(blocks).map((group) => group.blocks.map(({ id }) => id))
}

describe('requests for blocks', () => {
  it('join neighbours of a pack, in whatever order they are wanted', () => {
    const blocks = [block(3, 1, 2000, 1000), block(1, 1, 0, 1000), block(2, 1, 1000, 1000)]
    expect(plan(blocks)).toEqual([[1, 2, 3]])
  })

  it('read over a small hole and not over a large one', () => {
    expect(plan([block(1, 1, 0, KIB), block(2, 1, 129 * KIB, KIB)])).toEqual([[1, 2]])
    expect(plan([block(1, 1, 0, KIB), block(2, 1, 130 * KIB, KIB)])).toEqual([[1], [2]])
  })

  it('never join two packs', () => {
    expect(plan([block(1, 1, 0, KIB), block(2, 2, KIB, KIB)])).toEqual([[1], [2]])
  })

  it('fetch nothing when nothing is wanted', () => {
    expect(plan([])).toEqual([])
  })

  it('hold each block once, in order, and stay within their limit unless one block is larger', () => {
    const row = fc.record({
      pack: fc.nat(2),
      gap: fc.nat(300 * KIB),
      size: fc.integer({ min: 1, max: 3000 * KIB }),
    })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const ends = [0, 0, 0]
        const blocks = rows.map(({ pack, gap, size }, id) => {
          const offset = (ends[pack] as number) + gap
          ends[pack] = offset + size
          return block(id, pack, offset, size)
        })
        const groups = planFetches(blocks)
        expect(groups.flatMap((group) => group.blocks.map(({ id }) => id)).sort()).toEqual(
          blocks.map(({ id }) => id).sort(),
        )
        for (const { pack, blocks: members } of groups) {
          const [first] = members as [BlockRow]
          const last = members.at(-1) as BlockRow
          expect(members.every((member) => member.pack === pack)).toBe(true)
          const length = last.offset + last.storedBytes - first.offset
          if (members.length > 1) expect(length).toBeLessThanOrEqual(REQUEST_BYTES_MAX)
          const offsets = members.map(({ offset }) => offset)
          expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
        }
      }),
    )
  })
})
