import { describe, it } from 'vitest'
import {
  type CompressorLevels,
  compressorCases,
  registerCases,
} from '../../src/conformance/index.ts'
import { NoCompressor } from '../../src/plugins/compressor-none/no-compressor.ts'

registerCases({ describe, it }, 'compressor-none', compressorCases, {
  create: (): CompressorLevels => [new NoCompressor()],
})
