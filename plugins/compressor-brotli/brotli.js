import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { definePlugin, StratusError } from 'stratusfs'

/** @import { Compressor } from 'stratusfs' */

/** Number of the format, from the table in docs/format/pack.md. */
const FORMAT_BROTLI = 6

/** Level when none is given: higher ones gain a percent or two and halve the speed each time. */
const LEVEL_DEFAULT = 5

/** Smallest output buffer the library accepts, bytes. */
const CHUNK_BYTES_MIN = 64

/**
 * Brotli streams (RFC 7932), one per block.
 *
 * Synchronous: the caller is a pipeline thread with nothing else to do.
 *
 * @implements {Compressor}
 */
export class BrotliCompressor {
  formatId = FORMAT_BROTLI
  /** @type {number} */
  #level

  /** @param {number} level - 0: fastest, 11: smallest */
  constructor(level) {
    this.#level = level
  }

  /** @param {Uint8Array} plain */
  compress(plain) {
    return brotliCompressSync(plain, {
      // One output buffer of the input's size: blocks that shrink are never joined from parts.
      chunkSize: Math.max(CHUNK_BYTES_MIN, plain.length),
      params: {
        [constants.BROTLI_PARAM_QUALITY]: this.#level,
        [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
      },
    })
  }

  /**
   * @param {Uint8Array} compressed
   * @param {number} plainBytes
   */
  decompress(compressed, plainBytes) {
    const plain = decode(compressed, plainBytes)
    if (plain.length !== plainBytes) {
      throw new StratusError('DATA_CORRUPT', 'block has another size than stated', {
        details: { plainBytes, actualBytes: plain.length },
      })
    }
    return plain
  }
}

/**
 * Returns at most `plainBytes` bytes.
 *
 * @param {Uint8Array} compressed
 * @param {number} plainBytes
 */
function decode(compressed, plainBytes) {
  try {
    return brotliDecompressSync(compressed, {
      // One byte more than expected: the end of the stream is then seen within the first buffer.
      chunkSize: Math.max(CHUNK_BYTES_MIN, plainBytes + 1),
      maxOutputLength: Math.max(1, plainBytes),
    })
  } catch (cause) {
    throw new StratusError('DATA_CORRUPT', 'block is no brotli stream of the stated size', {
      cause,
      details: { plainBytes, compressedBytes: compressed.length },
    })
  }
}

export default definePlugin({
  apiVersion: 1,
  kind: 'compressor',
  id: 'brotli',
  // Written by hand to need no package. A schema of zod, valibot or arktype is shorter.
  options: {
    '~standard': {
      version: 1,
      vendor: 'stratus-plugin-brotli',
      validate(value) {
        const { level = LEVEL_DEFAULT, ...others } = Object(value)
        const issues = Object.keys(others).map((key) => ({
          message: `unknown option "${key}" (known: level)`,
        }))
        if (Number.isInteger(level) && level >= 0 && level <= 11) {
          return issues.length === 0 ? { value: { level: Number(level) } } : { issues }
        }
        const message = 'write a whole number: 0 is fastest, 11 smallest'
        return { issues: [...issues, { message, path: ['level'] }] }
      },
    },
  },
  create: async ({ level }) => new BrotliCompressor(level),
})
