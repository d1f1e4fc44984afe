import { z } from 'zod'
import { MetadataStore } from '../../core/metadata-store.ts'
import { definePlugin } from '../../core/plugin.ts'
import { ExactIndex } from './exact-index.ts'

/** Finds every block that the file system has. */
export default definePlugin({
  apiVersion: 1,
  kind: 'dedup',
  id: 'exact',
  options: z.strictObject({}),
  create: async (_options, context) => new ExactIndex(context.resolve(MetadataStore)),
})
