import { z } from 'zod'
import { definePlugin } from '../../core/plugin.ts'
import { MemoryFrontend } from './memory-frontend.ts'

/** Offers the file system to this program only. For tests and for programs that need no mount. */
export default definePlugin({
  apiVersion: 1,
  kind: 'frontend',
  id: 'memory',
  options: z.strictObject({}),
  create: async (_options, context) => new MemoryFrontend({ logger: context.logger }),
})
