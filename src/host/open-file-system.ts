import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Logger } from '../core/index.ts'
import type { BackendCounters } from '../engine/decorators/backend-counters.ts'
import { FileSystem } from '../engine/file-system.ts'
import { FileSystemSettings } from '../engine/tokens.ts'
import type { SuperblockParameters } from '../format/superblock.ts'
import { automaticCacheBytes } from './cache-size.ts'
import type { Components } from './container.ts'
import { type Foundation, openPipeline, unlockFileSystem } from './foundation.ts'
import { openLogger } from './logger.ts'
import { nativeCalls } from './native.ts'
import { machineIdentity } from './process-identity.ts'
import { StateDirectory } from './state-directory.ts'
import { openView } from './view.ts'

/** How to open a file system. */
export interface OpenRequest {
  readonly mountPoint: string
  readonly force: boolean
  readonly acceptRollback: boolean
  /** Log to a file in the folder of the local state. */
  readonly background: boolean
}

/** An engine that serves, and what it was made from. */
export interface OpenedFileSystem {
  readonly fileSystem: FileSystem
  readonly components: Components
  readonly logger: Logger
  readonly parameters: SuperblockParameters
  /** Requests to the store, of all threads. */
  readonly counters: BackendCounters
  readonly stateDirectory: string
  readonly logFile: string | undefined
}

/**
 * Finds a file system, unlocks it, locks its local state and starts its engine, which is to be closed before
 * the rest is disposed of.
 */
export async function openFileSystem(
  foundation: Foundation,
  request: OpenRequest,
): Promise<OpenedFileSystem> {
  const { components, counters, logger, requester } = foundation
  nativeCalls().tuneAllocator()
  const unlocked = await unlockFileSystem(foundation)
  const { parameters } = unlocked.superblock
  const state = openLocalState(foundation, request, parameters.fsId)
  await openPipeline(foundation, unlocked)
  await buildComponents(foundation, request, state.stateDirectory)
  const fileSystem = components.resolve(FileSystem)
  fileSystem.onProgress((step) => requester.progress(step))
  await fileSystem.start()
  return { fileSystem, components, logger, parameters, counters, ...state }
}

function openLocalState(
  { config, lifecycle, logger }: Foundation,
  { mountPoint, background }: OpenRequest,
  fsId: Uint8Array,
): Pick<OpenedFileSystem, 'stateDirectory' | 'logFile'> {
  const holder = { pid: process.pid, mountPoint }
  const lock = (fd: number) => nativeCalls().lockFile(fd)
  const { path } = lifecycle.add(new StateDirectory(config.cache.path, fsId, holder, lock))
  const logFile = config.log.file ?? (background ? join(path, 'mount.log') : undefined)
  logger.open(openLogger(config.log.level, logFile))
  logger.info({ file: config.configFile ?? 'none' }, 'configuration file')
  return { stateDirectory: path, logFile }
}

async function buildComponents(
  { components, config, logger }: Foundation,
  { force, acceptRollback }: OpenRequest,
  stateDirectory: string,
): Promise<void> {
  await openView(components, config.metadata, stateDirectory, logger)
  await components.bindPlugin('commit-log', config.commitLog)
  await components.bindPlugin('dedup', config.dedup)
  await components.bindPlugin('cache', config.cache.policy)
  components.bind(FileSystemSettings, {
    stateDirectory,
    cacheBytes: config.cache.sizeBytes ?? automaticCacheBytes(stateDirectory),
    commitIntervalMs: config.commitIntervalMs,
    fsync: config.fsync,
    readOnly: config.readOnly,
    force,
    acceptRollback,
    host: hostname(),
    machine: machineIdentity(),
    pid: process.pid,
    retentionMs: config.retentionMs,
  })
}
