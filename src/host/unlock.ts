import { setTimeout as delay } from 'node:timers/promises'
import { type ObjectBackend, type PluginContext, StratusError } from '../core/index.ts'
import { readSuperblock } from '../engine/make-file-system.ts'
import { CIPHER_NONE, type Superblock, unlockSuperblock } from '../format/superblock.ts'
import type { FileSystemConfig } from './config/file-system-config.ts'
import { resolvePassphrase } from './config/passphrase-source.ts'
import type { PluginChoice } from './config/plugin-choice.ts'
import type { PluginLoader } from './plugin-loader.ts'

/** Asks for the passphrase of a file system when the configuration does not say where it is. */
export type AskPassphrase = (question: string) => Promise<Uint8Array>

/** What can be known of a store before its file system is unlocked. */
export interface FoundFileSystem {
  readonly superblock: Superblock
  /** Whether pipeline threads can have instances of the backend of their own. */
  readonly sharedBetweenThreads: boolean
}

/**
 * Looks into a store through a backend that lives no longer than that.
 *
 * @throws StratusError `FILE_SYSTEM_NOT_FOUND`
 */
export async function findFileSystem(
  loader: PluginLoader,
  choice: PluginChoice,
  context: PluginContext,
): Promise<FoundFileSystem> {
  const backend: ObjectBackend = await loader.build('backend', choice, context)
  try {
    const superblock = await readSuperblock(backend)
    return { superblock, sharedBetweenThreads: backend.capabilities.sharedBetweenThreads }
  } finally {
    await backend[Symbol.asyncDispose]()
  }
}

/**
 * Returns the master key, asking for the passphrase if there is one and the configuration does not tell.
 *
 * @throws StratusError `PASSPHRASE_MISSING`, `PASSPHRASE_WRONG`, `DATA_CORRUPT`
 */
export async function unlock(
  superblock: Superblock,
  config: FileSystemConfig,
  ask: AskPassphrase,
): Promise<Uint8Array> {
  // Whoever has set a passphrase expects encryption: a store that answers with a plain superblock has
  // been tampered with, and must not get new data in clear. `unlockSuperblock` refuses the pair.
  if (superblock.parameters.cipher === CIPHER_NONE && config.passphrase === undefined) {
    return unlockSuperblock(superblock, undefined)
  }
  const passphrase =
    config.passphrase === undefined
      ? await ask(`Passphrase for ${config.source}`)
      : await resolvePassphrase(config.passphrase, process.cwd())
  // Unlocking occupies this thread for half a second; what was started before gets its turn first.
  await delay(0)
  try {
    return unlockSuperblock(superblock, passphrase)
  } catch (error) {
    if (!(error instanceof StratusError) || error.code !== 'PASSPHRASE_WRONG') throw error
    throw new StratusError('PASSPHRASE_WRONG', `the passphrase for ${config.source} is wrong`, {
      cause: error,
    })
  } finally {
    passphrase.fill(0)
  }
}
