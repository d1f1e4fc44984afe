import assert from 'node:assert/strict'
import type { Splitter } from '../core/splitter.ts'
import type { ConformanceCase } from './case.ts'
import { noise } from './sample-bytes.ts'

/** Returns one more splitter, made from the same options. Small blocks make for quick tests. */
export type MakeSplitter = () => Splitter

/** The rules of {@link Splitter}. */
export const splitterCases: readonly ConformanceCase<MakeSplitter>[] = [
  {
    id: 'SP-01',
    rule: 'the pieces join to the input',
    run(make) {
      const splitter = make()
      for (const { data, fileOffset } of ranges(splitter.blockBytesMax)) {
        const total = splitter.split(data, fileOffset).reduce((sum, piece) => sum + piece, 0)
        assert.equal(total, data.length, `range at ${fileOffset}`)
      }
    },
  },
  {
    id: 'SP-02',
    rule: 'no piece is empty or longer than blockBytesMax',
    run(make) {
      const splitter = make()
      for (const { data, fileOffset } of ranges(splitter.blockBytesMax)) {
        for (const piece of splitter.split(data, fileOffset)) {
          assert.ok(Number.isInteger(piece) && piece > 0, `piece of ${piece} bytes`)
          assert.ok(piece <= splitter.blockBytesMax, `piece of ${piece} bytes`)
        }
      }
    },
  },
  {
    id: 'SP-03',
    rule: 'equal input at equal offsets gives equal cuts, whatever came before, in every instance',
    run(make) {
      const [first, second] = [make(), make()]
      const all = ranges(first.blockBytesMax)
      const cuts = all.map(({ data, fileOffset }) => first.split(data, fileOffset))
      const again = all.toReversed().map(({ data, fileOffset }) => second.split(data, fileOffset))
      assert.deepEqual(again.toReversed(), cuts)
    },
  },
]

/** Ranges of several sizes and contents, at offsets on, before and behind a multiple of the block. */
function ranges(blockBytes: number): { data: Uint8Array; fileOffset: number }[] {
  const random = noise(blockBytes * 3 + 17)
  const zeros = new Uint8Array(blockBytes * 3 + 17)
  const sizes = [0, 1, blockBytes - 1, blockBytes, blockBytes + 1, random.length]
  const offsets = [0, 1, blockBytes - 1, blockBytes, 2 ** 40 + 3]
  return [random, zeros].flatMap((content) =>
    sizes.flatMap((size) =>
      offsets.map((fileOffset) => ({ data: content.subarray(0, size), fileOffset })),
    ),
  )
}
