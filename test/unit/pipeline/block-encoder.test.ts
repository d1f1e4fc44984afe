import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Compressor } from '../../../src/core/index.ts'
import { BlockEncoder } from '../../../src/engine/pipeline/block-encoder.ts'
import { CompressorGate } from '../../../src/engine/pipeline/compressor-gate.ts'
import { compressibleBytes } from '../../support/pipeline-parts.ts'

/** Halves what consists of one byte value, and remembers what it was asked. */
class CountingCompressor implements Compressor {
  readonly formatId = 200
  readonly sizes: number[] = []
  under = 0
  most = 0

  constructor(private readonly asynchronous = false) {}

  compress(plain: Uint8Array) {
    this.sizes.push(plain.length)
    const same = plain.every((byte) => byte === plain[0])
    const result = same ? plain.slice(0, plain.length / 2) : Uint8Array.of(...plain, 0)
    return this.asynchronous ? this.later(result) : result
  }

  decompress(compressed: Uint8Array) {
    return this.asynchronous ? this.later(compressed) : compressed
  }

  private async later(result: Uint8Array): Promise<Uint8Array> {
    this.under += 1
    this.most = Math.max(this.most, this.under)
    await new Promise((resolve) => setImmediate(resolve))
    this.under -= 1
    return result
  }
}

for (const asynchronous of [false, true]) {
  describe(`BlockEncoder with ${asynchronous ? 'an asynchronous' : 'a synchronous'} compressor`, () => {
    it('stores what does not shrink as it is', async () => {
      const plain = randomBytes(100)
      const encoder = new BlockEncoder(new CountingCompressor(asynchronous))
      expect(await encoder.encode(plain)).toEqual({ payload: plain, compressor: 0 })
    })

    it('asks a sample of a large block first', async () => {
      const compressor = new CountingCompressor(asynchronous)
      const encoder = new BlockEncoder(compressor)
      const plain = randomBytes(100_000)
      expect((await encoder.encode(plain)).payload).toBe(plain)
      expect(compressor.sizes).toEqual([16_384])
      expect((await encoder.encode(new Uint8Array(100_000))).payload).toHaveLength(50_000)
      expect(compressor.sizes).toEqual([16_384, 16_384, 100_000])
    })
  })
}

describe('BlockEncoder', () => {
  it('asks no compressor of format none', () => {
    const unexpected = () => {
      throw new Error('compressor was called')
    }
    const compressor = { formatId: 0, compress: unexpected, decompress: unexpected }
    const plain = compressibleBytes(10, 1)
    expect(new BlockEncoder(compressor).encode(plain)).toEqual({ payload: plain, compressor: 0 })
  })
})

describe('CompressorGate', () => {
  it('keeps asynchronous calls apart', async () => {
    const compressor = new CountingCompressor(true)
    const gate = new CompressorGate(compressor)
    const calls = [1, 2, 3].map((count) => gate.compress(new Uint8Array(2 * count)))
    calls.push(gate.decompress(new Uint8Array(9), 9))
    const results = await Promise.all(calls)
    expect(results.map(({ length }) => length)).toEqual([1, 2, 3, 9])
    expect(compressor.most).toBe(1)
  })
})
