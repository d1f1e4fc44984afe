import { describe, it } from 'vitest'
import {
  type CompressorLevels,
  compressorCases,
  registerCases,
} from '../../src/conformance/index.ts'
import { ZstdCompressor } from '../../src/plugins/compressor-zstd/zstd-compressor.ts'

registerCases({ describe, it }, 'compressor-zstd', compressorCases, {
  create: (): CompressorLevels => [
    new ZstdCompressor(3),
    new ZstdCompressor(-5),
    new ZstdCompressor(19),
  ],
})
