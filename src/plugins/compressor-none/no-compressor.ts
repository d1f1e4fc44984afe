import type { Compressor } from '../../core/compressor.ts'
import { StratusError } from '../../core/errors.ts'

/** The identity. */
export class NoCompressor implements Compressor {
  readonly formatId = 0

  compress(plain: Uint8Array): Uint8Array {
    return new Uint8Array(plain)
  }

  decompress(compressed: Uint8Array, plainBytes: number): Uint8Array {
    if (compressed.length !== plainBytes) {
      throw new StratusError('DATA_CORRUPT', 'block has another size than stated', {
        details: { plainBytes, actualBytes: compressed.length },
      })
    }
    return new Uint8Array(compressed)
  }
}
