import { mkdirSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { z } from 'zod'
import { StratusError } from '../../core/errors.ts'
import { definePlugin, PLUGIN_API_VERSION } from '../../core/plugin.ts'
import { Clock, Random } from '../../core/services.ts'
import { fileError } from './file-error.ts'
import { FolderFlush } from './folder-flush.ts'
import { LocalBackend } from './local-backend.ts'

/** Keeps objects as files in a folder: another disk, a network share, or a test. */
export default definePlugin({
  apiVersion: PLUGIN_API_VERSION,
  kind: 'backend',
  id: 'local',
  options: z.strictObject({
    path: z.string().refine(isAbsolute, 'must be an absolute path').describe('The folder.'),
    create: z
      .boolean()
      .default(false)
      .describe('Make the folder if it is missing. Otherwise its absence means a missing disk.'),
  }),
  fromUrl: (rest) => ({ path: pathFromUrl(rest) }),
  create: async (options, context) => {
    const root = resolve(options.path)
    if (options.create) await makeRoot(root)
    return new LocalBackend(root, context.resolve(Clock), context.resolve(Random))
  },
})

function pathFromUrl(rest: string): string {
  if (isAbsolute(rest)) return resolve(rest)
  const url = `local://${rest}`
  throw new StratusError(
    'STORAGE_URL_INVALID',
    `local storage needs an absolute path, with a third slash: local://${resolve('/', rest)}`,
    { details: { url } },
  )
}

async function makeRoot(root: string): Promise<void> {
  try {
    const first = mkdirSync(root, { recursive: true })
    if (first === undefined) return
    const folderFlush = new FolderFlush()
    for (let made = root; made.length >= first.length; made = dirname(made)) {
      await folderFlush.flush(dirname(made))
    }
  } catch (error) {
    throw fileError(error, 'make storage folder', root)
  }
}
