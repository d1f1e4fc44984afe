import { z } from 'zod'
import { definePlugin, PLUGIN_API_VERSION } from '../../core/plugin.ts'
import { ZlibCompressor } from './zlib-compressor.ts'

/** Deflate. For reading what was written with it, and for machines where zstd cannot be built. */
export default definePlugin({
  apiVersion: PLUGIN_API_VERSION,
  kind: 'compressor',
  id: 'zlib',
  options: z.strictObject({
    level: z.int().min(0).max(9).default(6).describe('0: store, 1: fastest, 9: smallest.'),
  }),
  create: async (options) => new ZlibCompressor(options.level),
})
