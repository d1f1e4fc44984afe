import { z } from 'zod'
import zstd from 'zstd-napi/binding.js'
import { definePlugin, PLUGIN_API_VERSION } from '../../core/plugin.ts'
import { ZstdCompressor } from './zstd-compressor.ts'

/** Zstandard. The default: level 3 keeps up with a fast disk. */
export default definePlugin({
  apiVersion: PLUGIN_API_VERSION,
  kind: 'compressor',
  id: 'zstd',
  options: z.strictObject({
    level: z
      .int()
      .min(zstd.minCLevel())
      .max(zstd.maxCLevel())
      .default(3)
      .describe('1: fast, 22: smallest, below 0: faster still, 0: what the library prefers.'),
  }),
  create: async (options) => new ZstdCompressor(options.level),
})
