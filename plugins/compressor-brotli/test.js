import { describe, it } from 'node:test'
import { compressorCases, registerCases } from 'stratusfs/conformance'
import { BrotliCompressor } from './brotli.js'

/** @import { CompressorLevels } from 'stratusfs/conformance' */

registerCases({ describe, it }, 'brotli', compressorCases, {
  /** @returns {CompressorLevels} */
  create: () => [new BrotliCompressor(5), new BrotliCompressor(0), new BrotliCompressor(11)],
})
