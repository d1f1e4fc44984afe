import { describe, expect, it } from 'vitest'
import { PADDED_BYTES_MIN, paddedBytes } from '../../../src/format/padme.ts'

describe('paddedBytes', () => {
  it('keeps as many leading bits as the size of the exponent has', () => {
    expect(paddedBytes(4097)).toBe(4352)
    expect(paddedBytes(65_537)).toBe(67_584)
    expect(paddedBytes(16 * 1024 * 1024 + 1)).toBe(16 * 1024 * 1024 + 512 * 1024)
    expect(paddedBytes(2 ** 32 + 1)).toBe(2 ** 32 + 2 ** 26)
  })

  it('has a floor', () => {
    expect([0, 1, 4096].map(paddedBytes)).toEqual([4096, 4096, 4096])
  })

  it('is never smaller than the input, at most 6.25 % larger, and a fixed point', () => {
    for (let bytes = PADDED_BYTES_MIN; bytes < 2 ** 40; bytes = Math.ceil(bytes * 1.037)) {
      const padded = paddedBytes(bytes)
      expect(padded).toBeGreaterThanOrEqual(bytes)
      expect(padded).toBeLessThanOrEqual(bytes * 1.0625)
      expect(paddedBytes(padded)).toBe(padded)
    }
  })
})
