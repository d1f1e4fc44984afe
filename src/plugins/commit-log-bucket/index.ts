import { z } from 'zod'
import { ObjectBackend } from '../../core/object-backend.ts'
import { definePlugin, PLUGIN_API_VERSION } from '../../core/plugin.ts'
import { BucketCommitLog } from './bucket-commit-log.ts'

/** Keeps the log beside the data, one object for each commit. Needs a store with an atomic create. */
export default definePlugin({
  apiVersion: PLUGIN_API_VERSION,
  kind: 'commit-log',
  id: 'bucket',
  options: z.strictObject({}),
  create: async (_options, context) => new BucketCommitLog(context.resolve(ObjectBackend)),
})
