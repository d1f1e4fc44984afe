import { expect, it } from 'vitest'
import { FixedSplitter } from '../../../../src/plugins/splitter-fixed/fixed-splitter.ts'

it('cuts at multiples of the file offset, not of the offset in the range', () => {
  const splitter = new FixedSplitter(4096)
  expect(splitter.split(new Uint8Array(10_000), 4000)).toEqual([96, 4096, 4096, 1712])
  expect(splitter.split(new Uint8Array(4096), 2 ** 43)).toEqual([4096])
})
