import { z } from 'zod'
import { definePlugin, PLUGIN_API_VERSION } from '../../core/plugin.ts'
import { NoCipher } from './no-cipher.ts'

/** Keeps no secret and still detects damage. Only for file systems made with `mkfs --plain`. */
export default definePlugin({
  apiVersion: PLUGIN_API_VERSION,
  kind: 'cipher',
  id: 'none',
  options: z.strictObject({}),
  create: async () => new NoCipher(),
})
