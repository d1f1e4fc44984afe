import { definePlugin, PLUGIN_API_VERSION } from '../../core/plugin.ts'
import { Clock } from '../../core/services.ts'
import { loadAddon } from './addon.ts'
import { FuseFrontend } from './fuse-frontend.ts'
import { fuseOptions } from './options.ts'

/** Serves the file system through the Linux kernel's FUSE driver. */
export default definePlugin({
  apiVersion: PLUGIN_API_VERSION,
  kind: 'frontend',
  id: 'fuse',
  options: fuseOptions,
  async create(options, context) {
    return new FuseFrontend(loadAddon(), options, context.resolve(Clock), context.logger)
  },
})
