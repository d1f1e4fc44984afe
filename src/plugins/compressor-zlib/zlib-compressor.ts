import { deflateSync, inflateSync } from 'node:zlib'
import type { Compressor } from '../../core/compressor.ts'
import { StratusError } from '../../core/errors.ts'

/** Smallest output buffer zlib accepts, bytes. */
const CHUNK_BYTES_MIN = 64

/**
 * Deflate in the zlib format (RFC 1950).
 *
 * Synchronous: the caller is a pipeline thread with nothing else to do, and a trip through the thread
 * pool costs more than a small block.
 */
export class ZlibCompressor implements Compressor {
  readonly formatId = 1
  readonly #level: number

  constructor(level: number) {
    this.#level = level
  }

  compress(plain: Uint8Array): Uint8Array {
    // One output buffer of the input's size: blocks that shrink are never joined from parts.
    return deflateSync(plain, {
      level: this.#level,
      chunkSize: Math.max(CHUNK_BYTES_MIN, plain.length),
    })
  }

  decompress(compressed: Uint8Array, plainBytes: number): Uint8Array {
    const plain = inflate(compressed, plainBytes)
    if (plain.length !== plainBytes) {
      throw new StratusError('DATA_CORRUPT', 'block has another size than stated', {
        details: { plainBytes, actualBytes: plain.length },
      })
    }
    return plain
  }
}

function inflate(compressed: Uint8Array, plainBytes: number): Uint8Array {
  try {
    return inflateSync(compressed, {
      // One byte more than expected: zlib then sees the end of the stream within the first buffer.
      chunkSize: Math.max(CHUNK_BYTES_MIN, plainBytes + 1),
      maxOutputLength: Math.max(1, plainBytes),
    })
  } catch (cause) {
    throw new StratusError('DATA_CORRUPT', 'block does not inflate', {
      cause,
      details: { plainBytes, compressedBytes: compressed.length },
    })
  }
}
