import { describe, expect, it } from 'vitest'
import {
  checkpointKey,
  logKey,
  packKey,
  parseCheckpointKey,
  parseLogKey,
  parsePackKey,
} from '../../../src/format/object-keys.ts'
import { countingBytes } from '../../support/sealed-samples.ts'

describe('object keys', () => {
  it('are as documented', () => {
    expect(packKey(countingBytes(16, 0xf0))).toBe('pack/f0/f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff')
    expect(logKey(255)).toBe('log/00000000000000ff')
    expect(checkpointKey(255, 3)).toBe('checkpoint/00000000000000ff/00000003')
    expect(checkpointKey(255, 'manifest')).toBe('checkpoint/00000000000000ff/manifest')
  })

  it('are parsed back', () => {
    expect(parsePackKey(packKey(countingBytes(16, 1)))).toEqual(countingBytes(16, 1))
    expect(parseLogKey(logKey(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER)
    expect(parseCheckpointKey(checkpointKey(7, 12))).toEqual({ sequence: 7, member: 12 })
    expect(parseCheckpointKey(checkpointKey(7, 'manifest'))).toEqual({
      sequence: 7,
      member: 'manifest',
    })
  })

  it('of other shapes are nobody’s', () => {
    const hex = 'f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'
    expect(parsePackKey(`pack/00/${hex}`)).toBeUndefined()
    expect(parsePackKey(`pack/f0/${hex.toUpperCase()}`)).toBeUndefined()
    expect(parseLogKey('log/ff')).toBeUndefined()
    expect(parseLogKey('log/ffffffffffffffff')).toBeUndefined()
    expect(parseCheckpointKey('checkpoint/00000000000000ff/3')).toBeUndefined()
  })
})
