import { describe, it } from 'vitest'
import {
  type CompressorLevels,
  compressorCases,
  registerCases,
} from '../../src/conformance/index.ts'
import { ZlibCompressor } from '../../src/plugins/compressor-zlib/zlib-compressor.ts'

registerCases({ describe, it }, 'compressor-zlib', compressorCases, {
  create: (): CompressorLevels => [
    new ZlibCompressor(6),
    new ZlibCompressor(0),
    new ZlibCompressor(9),
  ],
})
