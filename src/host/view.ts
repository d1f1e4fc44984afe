import { cpSync, existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Logger, StratusError } from '../core/index.ts'
import type { PluginChoice } from './config/plugin-choice.ts'
import type { Components } from './container.ts'

/** Name of the view's file in the state directory. */
const VIEW_FILE = 'view.db'

/**
 * Opens the view of a file system.
 *
 * The view is never the only copy of anything: one that is damaged, or that another version wrote, is thrown
 * away, and the engine makes a new one from bucket and journal.
 */
export async function openView(
  components: Components,
  choice: PluginChoice,
  stateDirectory: string,
  logger: Logger,
): Promise<void> {
  const path = join(stateDirectory, VIEW_FILE)
  const located = { use: choice.use, options: { path, ...choice.options } }
  try {
    await components.bindPlugin('metadata', located)
  } catch (error) {
    if (!(error instanceof StratusError) || !isUnusable(error)) throw error
    logger.warn({ err: error }, 'the local view is unusable and is made anew')
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true })
    await components.bindPlugin('metadata', located)
  }
}

/** Copies the view of a state directory, which nobody uses, to another folder. */
export function copyView(stateDirectory: string, folder: string): void {
  for (const suffix of ['', '-wal']) {
    const path = join(stateDirectory, VIEW_FILE + suffix)
    if (existsSync(path)) cpSync(path, join(folder, VIEW_FILE + suffix))
  }
}

/** Size of the view on the local disk, bytes. */
export function viewBytes(stateDirectory: string): number {
  return ['', '-wal'].reduce((sum, suffix) => {
    const path = join(stateDirectory, VIEW_FILE + suffix)
    return sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0)
  }, 0)
}

function isUnusable(error: StratusError): boolean {
  return error.code === 'DATA_CORRUPT' || error.code === 'FORMAT_UNSUPPORTED'
}
