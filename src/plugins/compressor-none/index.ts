import { z } from 'zod'
import { definePlugin, PLUGIN_API_VERSION } from '../../core/plugin.ts'
import { NoCompressor } from './no-compressor.ts'

/** Keeps blocks as they are. For data that is compressed already. */
export default definePlugin({
  apiVersion: PLUGIN_API_VERSION,
  kind: 'compressor',
  id: 'none',
  options: z.strictObject({}),
  create: async () => new NoCompressor(),
})
