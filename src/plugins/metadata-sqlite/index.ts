import { z } from 'zod'
import { definePlugin } from '../../core/plugin.ts'
import { CACHE_BYTES_DEFAULT } from './connection.ts'
import { openStore } from './open-store.ts'

/** Keeps the view in an SQLite database on the local disk. */
export default definePlugin({
  apiVersion: 1,
  kind: 'metadata',
  id: 'sqlite',
  options: z.strictObject({
    path: z
      .string()
      .min(1)
      .describe('The database file. `:memory:` is a temporary file that goes with the store.'),
    cacheBytes: z
      .int()
      .positive()
      .default(CACHE_BYTES_DEFAULT)
      .describe('Most memory for unchanged pages, bytes.'),
  }),
  create: async (options) => openStore(options),
})
