import { availableParallelism, hostname } from 'node:os'
import { isAbsolute, join } from 'node:path'
import {
  Cipher,
  Clock,
  type Frontend,
  Logger,
  ObjectBackend,
  Random,
  StratusError,
} from '../core/index.ts'
import { FileSystem } from '../engine/file-system.ts'
import { FileSystemIdentity, FileSystemSettings, Pipeline } from '../engine/tokens.ts'
import { automaticCacheBytes } from './cache-size.ts'
import { cipherOfFormat } from './cipher-choice.ts'
import type { FileSystemConfig } from './config/file-system-config.ts'
import type { PluginChoice } from './config/plugin-choice.ts'
import { resolveConfig } from './config/resolve-config.ts'
import { Components } from './container.ts'
import { DeferredLogger } from './deferred-logger.ts'
import { Lifecycle } from './lifecycle.ts'
import { openLogger } from './logger.ts'
import { Mount } from './mount.ts'
import { prepareMountPoint } from './mount-point.ts'
import type { MountRequest, MountRequester } from './mount-request.ts'
import { nativeCalls } from './native.ts'
import { openPipeline } from './pipeline-factory.ts'
import { PluginLoader } from './plugin-loader.ts'
import { machineIdentity } from './process-identity.ts'
import { isInside, StateDirectory } from './state-directory.ts'
import { systemClock } from './system-clock.ts'
import { systemRandom } from './system-random.ts'
import { type FoundFileSystem, findFileSystem, unlock } from './unlock.ts'
import { openView } from './view.ts'

/** What the steps of a mount hand on to each other. */
interface Work {
  readonly request: MountRequest
  readonly requester: MountRequester
  readonly config: FileSystemConfig
  readonly mountPoint: string
  readonly loader: PluginLoader
  readonly logger: DeferredLogger
  readonly components: Components
  readonly lifecycle: Lifecycle
  readonly backend: PluginChoice
}

/** A file system that was found and unlocked. */
interface Unlocked extends FoundFileSystem {
  readonly masterKey: Uint8Array
  readonly cipher: PluginChoice
}

/** Where the local state and the log are. */
interface LocalState {
  readonly directory: string
  readonly logFile: string | undefined
}

/**
 * Mounts a file system: the composition root. Builds everything from the bottom up, and takes it down in
 * the reverse order when a step fails.
 *
 * @returns once programs can use the mount point
 */
export async function serveMount(request: MountRequest, requester: MountRequester): Promise<Mount> {
  const lifecycle = new Lifecycle()
  try {
    const work = await begin(request, requester, lifecycle)
    const unlocked = await unlockFileSystem(work)
    const state = openLocalState(work, unlocked.superblock.parameters.fsId)
    await buildComponents(work, unlocked, state)
    return await startAndAttach(work, unlocked, state)
  } catch (error) {
    await lifecycle[Symbol.asyncDispose]().catch(() => undefined)
    throw error
  }
}

async function begin(
  request: MountRequest,
  requester: MountRequester,
  lifecycle: Lifecycle,
): Promise<Work> {
  const config = await resolveConfig(request)
  const chosen = request.mountPoint ?? config.mountPoint
  if (chosen === undefined) {
    throw new StratusError('OPTIONS_INVALID', 'say where to mount: stratus mount NAME DIRECTORY')
  }
  const mountPoint = await prepareMountPoint(chosen)
  nativeCalls().tuneAllocator()
  const loader = new PluginLoader(config.plugins)
  const backend = await loader.backendChoice(config.backend)
  refuseOwnMountPoint(config, backend, mountPoint)
  const logger = lifecycle.add(new DeferredLogger())
  const components = new Components(lifecycle, loader, logger)
  components.bind(Logger, logger)
  components.bind(Clock, systemClock)
  components.bind(Random, systemRandom)
  return { request, requester, config, mountPoint, loader, logger, components, lifecycle, backend }
}

/** A daemon that waits for its own mount waits for ever. */
function refuseOwnMountPoint(
  config: FileSystemConfig,
  backend: PluginChoice,
  mountPoint: string,
): void {
  const options = Object.values(backend.options).filter((value) => typeof value === 'string')
  const paths = [config.cache.path, config.log.file, ...options]
  for (const path of paths) {
    if (path === undefined || !isAbsolute(path) || !isInside(path, mountPoint)) continue
    throw new StratusError(
      'MOUNT_POINT_INVALID',
      `${path} lies in the mount point ${mountPoint} and would be hidden by it: choose another`,
      { details: { path, mountPoint } },
    )
  }
}

async function unlockFileSystem(work: Work): Promise<Unlocked> {
  const { loader, config, requester } = work
  const context = work.components.contextFor('mount')
  const found = await findFileSystem(loader, work.backend, context)
  const formatId = found.superblock.parameters.cipher
  const { choice, cipher } = await cipherOfFormat(loader, formatId, config.cipher, context)
  work.components.bind(Cipher, cipher)
  const ask = (question: string) => requester.askPassphrase(question)
  const masterKey = await unlock(found.superblock, config, ask)
  return { ...found, cipher: choice, masterKey }
}

function openLocalState(work: Work, fsId: Uint8Array): LocalState {
  const { config, lifecycle, logger, mountPoint, request } = work
  const holder = { pid: process.pid, mountPoint }
  const lock = (fd: number) => nativeCalls().lockFile(fd)
  const { path } = lifecycle.add(new StateDirectory(config.cache.path, fsId, holder, lock))
  const logFile = config.log.file ?? (request.background ? join(path, 'mount.log') : undefined)
  logger.open(openLogger(config.log.level, logFile))
  logger.info({ file: config.configFile ?? 'none' }, 'configuration file')
  return { directory: path, logFile }
}

async function buildComponents(
  work: Work,
  { superblock, sharedBetweenThreads, masterKey, cipher }: Unlocked,
  { directory }: LocalState,
): Promise<void> {
  const { components, config, lifecycle, logger, request } = work
  const { fsId, splitter, createdMs, rootUid, rootGid, rootMode } = superblock.parameters
  const plan = {
    backend: work.backend,
    cipher,
    compressor: config.compressor,
    splitter: { use: splitter.id, options: splitter.options as PluginChoice['options'] },
    plugins: config.plugins,
    fsId,
    masterKey,
  }
  const threads = sharedBetweenThreads ? (config.threads ?? availableParallelism()) : 0
  const pipeline = await openPipeline(plan, threads, components.contextFor('pipeline'))
  lifecycle.add(pipeline)
  components.bind(Pipeline, pipeline)
  components.bind(ObjectBackend, pipeline.backend)
  await openView(components, config.metadata, directory, logger)
  await components.bindPlugin('commit-log', config.commitLog)
  await components.bindPlugin('dedup', config.dedup)
  await components.bindPlugin('cache', config.cache.policy)
  const root = { rootUid, rootGid, rootMode }
  components.bind(FileSystemIdentity, { fsId, masterKey, createdMs, ...root })
  components.bind(FileSystemSettings, {
    stateDirectory: directory,
    cacheBytes: config.cache.sizeBytes ?? automaticCacheBytes(directory),
    commitIntervalMs: config.commitIntervalMs,
    fsync: config.fsync,
    readOnly: config.readOnly,
    force: request.force,
    acceptRollback: request.acceptRollback,
    host: hostname(),
    machine: machineIdentity(),
    pid: process.pid,
    retentionMs: config.retentionMs,
  })
}

async function startAndAttach(
  work: Work,
  { superblock }: Unlocked,
  { directory, logFile }: LocalState,
): Promise<Mount> {
  const { components, config, lifecycle, logger, mountPoint } = work
  const fileSystem = components.resolve(FileSystem)
  await fileSystem.start()
  try {
    const frontend: Frontend = await components.bindPlugin('frontend', config.frontend)
    const mount = new Mount({
      fileSystem,
      frontend,
      lifecycle,
      logger,
      mountPoint,
      source: config.source,
      fsId: Buffer.from(superblock.parameters.fsId).toString('hex'),
      label: superblock.parameters.label,
      stateDirectory: directory,
      logFile,
    })
    await mount.attach({ readOnly: config.readOnly, allowOther: config.allowOther })
    return mount
  } catch (error) {
    await fileSystem.close()
    throw error
  }
}
