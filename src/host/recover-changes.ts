import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { Cipher, Clock, CommitLog, Logger, MetadataStore, StratusError } from '../core/index.ts'
import { journalFolders } from '../engine/maintenance/local-journals.ts'
import { History } from '../engine/recovery/history.ts'
import { type Salvaged, salvage } from '../engine/recovery/salvage.ts'
import { FileSystemIdentity, Pipeline } from '../engine/tokens.ts'
import { type ConfigRequest, resolveConfig } from './config/resolve-config.ts'
import { type Foundation, layFoundation, openPipeline, unlockFileSystem } from './foundation.ts'
import { Lifecycle } from './lifecycle.ts'
import { openLogger } from './logger.ts'
import type { MountRequester } from './mount-request.ts'
import { nativeCalls } from './native.ts'
import { PipelineThreads } from './pipeline-threads.ts'
import { StateDirectory, stateDirectoryPath } from './state-directory.ts'
import { copyView, openView } from './view.ts'

/** What to bring out, and where to. */
export interface RecoverRequest extends ConfigRequest {
  /** A folder that is empty or does not exist. */
  readonly targetDirectory: string
}

/** Name of the folder of the journal in use, to which the local view belongs. */
const JOURNAL_IN_USE = 'journal'

/**
 * Writes what this machine acknowledged and could not commit to a folder. Changes neither the local state
 * nor the store.
 *
 * @returns what was brought out, by journal; empty when the store has everything
 * @throws StratusError `FILE_SYSTEM_MOUNTED`, `OPTIONS_INVALID`, `FILE_SYSTEM_NOT_FOUND`
 */
export async function recoverChanges(
  request: RecoverRequest,
  requester: MountRequester,
): Promise<Salvaged[]> {
  const targetDirectory = resolve(request.targetDirectory)
  refuseFull(targetDirectory)
  const threads = new PipelineThreads(request.flags.threads)
  await using lifecycle = new Lifecycle()
  lifecycle.add(threads)
  const config = await resolveConfig(request)
  const foundation = layFoundation(config, requester, threads, lifecycle)
  foundation.logger.open(openLogger(config.log.level === 'debug' ? 'debug' : 'error', undefined))
  const unlocked = await unlockFileSystem(foundation)
  const { fsId } = unlocked.superblock.parameters
  const stateDirectory = stateDirectoryPath(config.cache.path, fsId)
  if (!existsSync(stateDirectory)) return []
  const holder = { pid: process.pid, mountPoint: 'stratus recover' }
  const lock = (fd: number) => nativeCalls().lockFile(fd)
  lifecycle.add(new StateDirectory(config.cache.path, fsId, holder, lock))
  await openPipeline(foundation, unlocked)
  await foundation.components.bindPlugin('commit-log', config.commitLog)
  const all: Salvaged[] = []
  for (const journalDirectory of journalFolders(stateDirectory)) {
    const paths = { stateDirectory, journalDirectory, targetDirectory }
    const salvaged = await recoverJournal(foundation, paths)
    if (salvaged !== undefined) all.push(salvaged)
  }
  return all
}

function refuseFull(targetDirectory: string): void {
  if (!existsSync(targetDirectory) || readdirSync(targetDirectory).length === 0) return
  throw new StratusError('OPTIONS_INVALID', `--to: ${targetDirectory} is not empty`)
}

async function recoverJournal(
  { components, config, logger, lifecycle, requester }: Foundation,
  paths: Readonly<Record<'stateDirectory' | 'journalDirectory' | 'targetDirectory', string>>,
): Promise<Salvaged | undefined> {
  const { stateDirectory, journalDirectory, targetDirectory } = paths
  const scratchDirectory = mkdtempSync(join(tmpdir(), 'stratus-recover-'))
  lifecycle.defer(() => rmSync(scratchDirectory, { recursive: true, force: true }))
  if (basename(journalDirectory) === JOURNAL_IN_USE) copyView(stateDirectory, scratchDirectory)
  await openView(components, config.metadata, scratchDirectory, logger)
  const { fsId, masterKey } = components.resolve(FileSystemIdentity)
  const pipeline = components.resolve(Pipeline)
  const log = components.resolve(CommitLog)
  const cipher = components.resolve(Cipher)
  return salvage({
    journalDirectory,
    store: components.resolve(MetadataStore),
    dedup: await components.bindPlugin('dedup', config.dedup),
    pipeline,
    history: new History(pipeline.backend, log, { fsId, masterKey, cipher }),
    fsId,
    log,
    policy: await components.bindPlugin('cache', config.cache.policy),
    clock: components.resolve(Clock),
    logger: components.resolve(Logger),
    scratchDirectory,
    targetDirectory,
    progress: (step) => requester.progress(step),
  })
}
