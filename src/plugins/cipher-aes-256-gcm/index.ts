import { z } from 'zod'
import { definePlugin, PLUGIN_API_VERSION } from '../../core/plugin.ts'
import { Aes256Gcm } from './aes-256-gcm.ts'

/** AES-256-GCM. The default: processors of the last decade have instructions for it. */
export default definePlugin({
  apiVersion: PLUGIN_API_VERSION,
  kind: 'cipher',
  id: 'aes-256-gcm',
  options: z.strictObject({}),
  create: async () => new Aes256Gcm(),
})
