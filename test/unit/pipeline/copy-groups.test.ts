import { describe, expect, it } from 'vitest'
import { groupSources } from '../../../src/engine/pipeline/copy-groups.ts'
import { countingBytes } from '../../support/sealed-samples.ts'

const MIB = 1024 * 1024

function source(key: string, offset: number, storedBytes: number, pack = 1) {
  return {
    block: offset,
    digest: countingBytes(32, 0),
    record: 0,
    offset,
    storedBytes,
    plainBytes: 0,
    compressor: 0,
    key,
    containerOffset: 10,
    pack: countingBytes(16, pack),
  }
}

describe('groupSources', () => {
  it('reads neighbours of one pack with one request', () => {
    const groups = groupSources([source('b', 0, 5), source('a', 100, 50), source('a', 0, 100)])
    expect(groups.map(({ key, range }) => [key, range])).toEqual([
      ['a', { offset: 10, length: 150 }],
      ['b', { offset: 10, length: 5 }],
    ])
    expect(groups[0]?.sources.map(({ offset }) => offset)).toEqual([0, 100])
  })

  it('starts anew behind a wide gap, at a bound of size, and with another pack', () => {
    const apart = [source('a', 0, 10), source('a', MIB, 10)]
    const huge = [source('a', 0, 5 * MIB), source('a', 5 * MIB, 5 * MIB)]
    const packs = [source('a', 0, 10, 1), source('a', 10, 10, 2)]
    for (const sources of [apart, huge, packs]) expect(groupSources(sources)).toHaveLength(2)
  })
})
