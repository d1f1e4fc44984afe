import { z } from 'zod'
import { definePlugin, PLUGIN_API_VERSION } from '../../core/plugin.ts'
import { NoDedupIndex } from './no-dedup-index.ts'

/** Finds nothing, so that every block is stored. For data known to hold no duplicates. */
export default definePlugin({
  apiVersion: PLUGIN_API_VERSION,
  kind: 'dedup',
  id: 'none',
  options: z.strictObject({}),
  create: async () => new NoDedupIndex(),
})
