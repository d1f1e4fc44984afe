import { z } from 'zod'
import { definePlugin, PLUGIN_API_VERSION } from '../../core/plugin.ts'
import { Clock } from '../../core/services.ts'
import { MemoryBackend } from './memory-backend.ts'
import { objectsOf } from './named-stores.ts'

/** Keeps objects in this process. For tests and for trying things out. */
export default definePlugin({
  apiVersion: PLUGIN_API_VERSION,
  kind: 'backend',
  id: 'memory',
  options: z.strictObject({
    name: z
      .string()
      .min(1)
      .optional()
      .describe('Instances of one name share their objects. Without a name nothing is shared.'),
  }),
  fromUrl: (rest) => (rest === '' ? {} : { name: rest }),
  create: async (options, context) => {
    const clock = context.resolve(Clock)
    return new MemoryBackend(objectsOf(options.name), () => clock.nowMs())
  },
})
