import { z } from 'zod'
import { definePlugin, PLUGIN_API_VERSION } from '../../core/plugin.ts'
import { FixedSplitter } from './fixed-splitter.ts'

/**
 * Smallest block, bytes: one page. Below it the row of a block outweighs what finding a duplicate of it
 * could save.
 */
const BLOCK_BYTES_MIN = 4 * 1024

/** Largest block, bytes: a block is held in memory whole, several times over, in every thread. */
const BLOCK_BYTES_MAX = 16 * 1024 * 1024

/** Default block, bytes: a cold small read fetches one block, and a write in place rewrites one. */
const BLOCK_BYTES_DEFAULT = 1024 * 1024

/** Cuts at multiples of one size. For files that are written in place: images, databases. */
export default definePlugin({
  apiVersion: PLUGIN_API_VERSION,
  kind: 'splitter',
  id: 'fixed',
  options: z.strictObject({
    blockBytes: z
      .int()
      .min(BLOCK_BYTES_MIN)
      .max(BLOCK_BYTES_MAX)
      .default(BLOCK_BYTES_DEFAULT)
      .describe('Size of a block, bytes.'),
  }),
  create: async (options) => new FixedSplitter(options.blockBytes),
})
