import { describe, expect, it } from 'vitest'
import { PackBuilder, readPackIndex } from '../../../src/format/pack.ts'
import { paddedBytes } from '../../../src/format/padme.ts'
import { countingBytes, sampleContext, samplePack } from '../../support/sealed-samples.ts'

const context = sampleContext()
const content = { digest: countingBytes(32, 1), plainBytes: 9000, compressor: 2 }

function builderOf(capacityBytes: number, buffer?: Uint8Array): PackBuilder {
  return new PackBuilder({ ...context, id: countingBytes(16, 0x10), capacityBytes, buffer })
}

describe('PackBuilder', () => {
  it('stays within its capacity as long as it is asked first', () => {
    const builder = builderOf(64 * 1024)
    while (builder.fits(1000)) builder.add(new Uint8Array(1000), content)
    expect(builder.sizeBytes).toBeLessThanOrEqual(64 * 1024)
    expect(builder.sizeBytes).toBeGreaterThan(62 * 1024)
    expect(builder.finish().length).toBe(64 * 1024)
  })

  it('always takes the first block, however large', () => {
    const builder = builderOf(4096)
    expect(builder.fits(100_000)).toBe(true)
    builder.add(new Uint8Array(100_000), content)
    expect(builder.fits(1)).toBe(false)
    const pack = builder.finish()
    expect(pack.length).toBe(paddedBytes(pack.length))
    expect(readPackIndex(context, pack).blocks).toHaveLength(1)
  })

  it('lists what was added', () => {
    const builder = builderOf(64 * 1024)
    const locations = [10, 0, 3000].map((bytes) => builder.add(new Uint8Array(bytes), content))
    expect(locations).toEqual([
      { record: 0, offset: 32, storedBytes: 26 },
      { record: 1, offset: 58, storedBytes: 16 },
      { record: 2, offset: 74, storedBytes: 3016 },
    ])
    const { id, blocks } = readPackIndex(context, builder.finish(), countingBytes(16, 0x10))
    expect(id).toEqual(countingBytes(16, 0x10))
    expect(blocks).toEqual(locations.map((location) => ({ ...content, ...location })))
  })

  it('gives the same pack in memory that was used before', () => {
    const fresh = builderOf(8192)
    const reused = builderOf(8192, new Uint8Array(8192).fill(0xff))
    for (const builder of [fresh, reused]) builder.add(new Uint8Array(10), content)
    expect(Buffer.from(reused.finish())).toEqual(Buffer.from(fresh.finish()))
  })

  it('an empty pack can be read', () => {
    expect(readPackIndex(context, samplePack(context, [])).blocks).toEqual([])
  })
})
