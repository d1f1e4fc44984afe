import { z } from 'zod'
import { definePlugin } from '../../core/plugin.ts'
import { LruPolicy } from './lru-policy.ts'

/** Drops the blocks that were not used for the longest time. */
export default definePlugin({
  apiVersion: 1,
  kind: 'cache',
  id: 'lru',
  options: z.strictObject({}),
  create: async () => new LruPolicy(),
})
