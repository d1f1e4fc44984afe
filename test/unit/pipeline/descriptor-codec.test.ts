import { describe, expect, it } from 'vitest'
import {
  decodeClaims,
  decodePack,
  decodePieces,
  decodeRanges,
  decodeSources,
  encodeClaims,
  encodePack,
  encodePieces,
  encodeRanges,
  encodeSources,
} from '../../../src/engine/pipeline/descriptor-codec.ts'
import { countingBytes } from '../../support/sealed-samples.ts'

const large = Number.MAX_SAFE_INTEGER
const blocks = [1, 2].map((block) => ({
  block,
  digest: countingBytes(32, block),
  record: block + 1,
  offset: 0xffff_ffff,
  storedBytes: block + 3,
  plainBytes: block + 4,
  compressor: 255,
}))

describe('descriptors', () => {
  it('cross threads unchanged', () => {
    const ranges = ['a', 'b', 'a'].map((file, index) => {
      return { file, position: large, length: index + 1, ino: large - 1, offset: index }
    })
    expect(decodeRanges(encodeRanges(ranges))).toEqual(ranges)

    const pieces = [{ ino: large, offset: large - 1, length: 5, block: 7 }]
    expect(decodePieces(encodePieces(pieces))).toEqual(pieces)

    const claims = [
      { block: 1, fresh: true },
      { block: 2 ** 51, fresh: false },
      { block: 2 ** 51, fresh: true },
    ]
    expect(decodeClaims(encodeClaims(claims))).toEqual(claims)

    const pack = { id: countingBytes(16, 9), sizeBytes: 99, blocks, bytes: undefined }
    expect(decodePack(encodePack(pack))).toEqual(pack)

    const sources = blocks.map((block, index) => {
      const pack = countingBytes(16, index)
      return { ...block, key: `k${index % 1}`, containerOffset: large, pack }
    })
    expect(decodeSources(encodeSources(sources))).toEqual(sources)
  })
})
