import { inflateSync } from 'node:zlib'
import type { CompressorLevels, Fixture } from '../../src/conformance/index.ts'
import { StratusError } from '../../src/core/index.ts'
import { ZlibCompressor } from '../../src/plugins/compressor-zlib/zlib-compressor.ts'

class LosesTheEmptyBlock extends ZlibCompressor {
  override compress(plain: Uint8Array): Uint8Array {
    return plain.length === 0 ? new Uint8Array() : super.compress(plain)
  }
}

class IgnoresTooLargeASize extends ZlibCompressor {
  override decompress(compressed: Uint8Array, plainBytes: number): Uint8Array {
    try {
      return super.decompress(compressed, plainBytes)
    } catch (error) {
      if (error instanceof StratusError && Number(error.details['actualBytes']) < plainBytes) {
        return super.decompress(compressed, Number(error.details['actualBytes']))
      }
      throw error
    }
  }
}

class InflatesFirst extends ZlibCompressor {
  override decompress(compressed: Uint8Array, plainBytes: number): Uint8Array {
    try {
      const plain = inflateSync(compressed)
      if (plain.length === plainBytes) return plain
    } catch {
      // Damaged: reported below.
    }
    throw new StratusError('DATA_CORRUPT', 'block does not inflate')
  }
}

class LetsErrorsOfTheLibraryOut extends ZlibCompressor {
  override decompress(compressed: Uint8Array, plainBytes: number): Uint8Array {
    try {
      return super.decompress(compressed, plainBytes)
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined
      throw cause instanceof Error && 'code' in cause && cause.code === 'Z_DATA_ERROR'
        ? cause
        : error
    }
  }
}

class MarksItsLevel extends ZlibCompressor {
  readonly #mark: number

  constructor(level: number) {
    super(level)
    this.#mark = level
  }

  override compress(plain: Uint8Array): Uint8Array {
    return Buffer.concat([Uint8Array.of(this.#mark), super.compress(plain)])
  }

  override decompress(compressed: Uint8Array, plainBytes: number): Uint8Array {
    if (compressed[0] !== this.#mark) throw new StratusError('DATA_CORRUPT', 'another level')
    return super.decompress(compressed.subarray(1), plainBytes)
  }
}

function fixture(Mutant: new (level: number) => ZlibCompressor): Fixture<CompressorLevels> {
  return { create: () => [new Mutant(6), new Mutant(1)] }
}

/** For each rule, a compressor that breaks that rule and keeps the others. */
export const compressorMutants = {
  'CO-01': fixture(LosesTheEmptyBlock),
  'CO-02': fixture(IgnoresTooLargeASize),
  'CO-03': fixture(InflatesFirst),
  'CO-04': fixture(LetsErrorsOfTheLibraryOut),
  'CO-05': fixture(MarksItsLevel),
}
