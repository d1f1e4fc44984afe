/** The lower half of the composition: from a configuration to an unlocked store behind its pipeline. */
import { Cipher, Clock, Logger, ObjectBackend, Random } from '../core/index.ts'
import { BackendCounters } from '../engine/decorators/backend-counters.ts'
import { DirectPipeline } from '../engine/pipeline/direct-pipeline.ts'
import { PipelinePool } from '../engine/pipeline/pipeline-pool.ts'
import { FileSystemIdentity, Pipeline } from '../engine/tokens.ts'
import { cipherOfFormat } from './cipher-choice.ts'
import type { FileSystemConfig } from './config/file-system-config.ts'
import type { PluginChoice } from './config/plugin-choice.ts'
import { Components } from './container.ts'
import { DeferredLogger } from './deferred-logger.ts'
import { type LoggedError, rootReason } from './error-fields.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { MountRequester } from './mount-request.ts'
import { buildPipelineUnit } from './pipeline-plan.ts'
import type { PipelineThreads, SentLogLine } from './pipeline-threads.ts'
import { PluginLoader } from './plugin-loader.ts'
import { systemClock } from './system-clock.ts'
import { systemRandom } from './system-random.ts'
import { type FoundFileSystem, findFileSystem, unlock } from './unlock.ts'

/** What every component of a file system is built with. */
export interface Foundation {
  readonly config: FileSystemConfig
  readonly requester: MountRequester
  readonly loader: PluginLoader
  readonly logger: DeferredLogger
  readonly components: Components
  readonly lifecycle: Lifecycle
  readonly threads: PipelineThreads
  /** Requests to the store, of all threads. */
  readonly counters: BackendCounters
}

/** A file system that was found and unlocked. */
export interface Unlocked extends FoundFileSystem {
  readonly backend: PluginChoice
  readonly masterKey: Uint8Array
  readonly cipher: PluginChoice
}

/**
 * Binds the services that everything needs.
 *
 * @param lifecycle - takes responsibility for what is built on this
 */
export function layFoundation(
  config: FileSystemConfig,
  requester: MountRequester,
  threads: PipelineThreads,
  lifecycle: Lifecycle,
): Foundation {
  const loader = new PluginLoader(config.plugins)
  const logger = lifecycle.add(new DeferredLogger())
  const components = new Components(lifecycle, loader, logger)
  components.bind(Logger, logger)
  components.bind(Clock, systemClock)
  components.bind(Random, systemRandom)
  const counters = new BackendCounters()
  return { config, requester, loader, logger, components, lifecycle, threads, counters }
}

/**
 * Finds the file system and opens it with the passphrase; binds cipher and identity.
 *
 * @throws StratusError `FILE_SYSTEM_NOT_FOUND`, `PASSPHRASE_WRONG`, `FORMAT_UNSUPPORTED`
 */
export async function unlockFileSystem(foundation: Foundation): Promise<Unlocked> {
  const { config, requester, loader, components } = foundation
  const context = components.contextFor('host')
  const backend = await loader.backendChoice(config.backend)
  const found = await findFileSystem(loader, backend, context)
  const { parameters } = found.superblock
  const configured = await cipherOfFormat(loader, parameters.cipher, config.cipher, context)
  components.bind(Cipher, configured.cipher)
  const ask = (question: string) => requester.askPassphrase(question)
  const masterKey = await unlock(found.superblock, config, ask)
  const { fsId, createdMs, rootUid, rootGid, rootMode } = parameters
  const root = { rootUid, rootGid, rootMode }
  components.bind(FileSystemIdentity, { fsId, masterKey, createdMs, ...root })
  return { ...found, backend, cipher: configured.choice, masterKey }
}

/** Has the counters know why calls to the store wait: threads say so in their log alone. */
function noteFailures(counters: BackendCounters): (line: SentLogLine) => void {
  return ({ fields }) => {
    const { operation, err } = fields as { operation?: unknown; err?: LoggedError }
    if (operation !== undefined && err !== undefined) counters.noteFailure(rootReason(err))
  }
}

/** Puts the threads to work; binds the pipeline and the backend behind it. */
export async function openPipeline(foundation: Foundation, unlocked: Unlocked): Promise<void> {
  const { components, config, counters, lifecycle, logger, threads } = foundation
  const { fsId, splitter } = unlocked.superblock.parameters
  const plan = {
    backend: unlocked.backend,
    cipher: unlocked.cipher,
    compressor: config.compressor,
    splitter: { use: splitter.id, options: splitter.options as PluginChoice['options'] },
    plugins: config.plugins,
    fsId,
    masterKey: unlocked.masterKey,
    counters: counters.memory,
  }
  const pipeline = unlocked.sharedBetweenThreads
    ? await PipelinePool.open(threads.take(plan, config.threads, logger, noteFailures(counters)))
    : new DirectPipeline(await buildPipelineUnit(plan, components.contextFor('pipeline')))
  await threads[Symbol.asyncDispose]()
  lifecycle.add(pipeline)
  // The pipeline ends when its calls have. Nothing that is left by then is worth waiting for the store.
  lifecycle.defer(() => counters.stopWaiting())
  components.bind(Pipeline, pipeline)
  components.bind(ObjectBackend, pipeline.backend)
}
