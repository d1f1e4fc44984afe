import { describe, expect, it } from 'vitest'
import { formatBytes, parseBytes, parseDuration } from '../../../src/host/quantities.ts'

describe('sizes', () => {
  it.each([
    ['0', 0],
    ['512', 512],
    ['20GiB', 20 * 2 ** 30],
    ['1.5 KiB', 1536],
    ['10k', 10240],
    ['1MB', 1e6],
  ])('reads %s', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes)
  })

  it.each(['', 'GiB', '-1', '1 parsec', '1e9', '9999999TiB'])('refuses "%s"', (text) => {
    expect(parseBytes(text)).toBeUndefined()
  })

  it('writes three digits and a unit', () => {
    expect([0, 1023, 1024, 1536, 20 * 2 ** 30].map(formatBytes)).toEqual([
      '0 bytes',
      '1023 bytes',
      '1.00 KiB',
      '1.50 KiB',
      '20.0 GiB',
    ])
  })
})

describe('durations', () => {
  it.each([
    ['10s', 10_000],
    ['250ms', 250],
    ['2h', 7_200_000],
    ['5min', 300_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it('refuses a number without unit', () => {
    expect(parseDuration('10')).toBeUndefined()
  })
})
