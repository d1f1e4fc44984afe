import zstd from 'zstd-napi/binding.js'
import type { Compressor } from '../../core/compressor.ts'
import { StratusError } from '../../core/errors.ts'

/**
 * Zstandard frames (RFC 8878), one per block.
 *
 * Uses the thin binding and not the package's own `Decompressor`, which allocates whatever size the
 * frame's header claims. Here the result's buffer is made from the stated size, and the library never
 * writes past it.
 */
export class ZstdCompressor implements Compressor {
  readonly formatId = 2
  readonly #compression = new zstd.CCtx()
  readonly #decompression = new zstd.DCtx()
  /**
   * Output of the call in progress; results are several times smaller and copied out. No `Buffer`,
   * because `slice` of a buffer copies nothing.
   */
  #scratch = new Uint8Array()

  constructor(level: number) {
    this.#compression.setParameter(zstd.CParameter.compressionLevel, level)
  }

  compress(plain: Uint8Array): Uint8Array {
    const bound = zstd.compressBound(plain.length)
    if (this.#scratch.length < bound) this.#scratch = new Uint8Array(bound)
    const length = this.#compression.compress2(this.#scratch, plain)
    return this.#scratch.slice(0, length)
  }

  decompress(compressed: Uint8Array, plainBytes: number): Uint8Array {
    const plain = Buffer.allocUnsafeSlow(plainBytes)
    const actualBytes = this.#decode(plain, compressed)
    if (actualBytes !== plainBytes) {
      throw new StratusError('DATA_CORRUPT', 'block has another size than stated', {
        details: { plainBytes, actualBytes },
      })
    }
    return plain
  }

  #decode(target: Uint8Array, compressed: Uint8Array): number {
    try {
      return this.#decompression.decompress(target, compressed)
    } catch (cause) {
      throw new StratusError('DATA_CORRUPT', 'block does not decompress', {
        cause,
        details: { plainBytes: target.length, compressedBytes: compressed.length },
      })
    }
  }
}
