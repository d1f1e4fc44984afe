import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  Cipher,
  Clock,
  CommitLog,
  DedupIndex,
  Logger,
  MetadataStore,
  StratusError,
} from '../core/index.ts'
import { type CheckReport, checkFileSystem } from '../engine/maintenance/fsck.ts'
import { FileSystemIdentity, Pipeline } from '../engine/tokens.ts'
import { type ConfigRequest, resolveConfig } from './config/resolve-config.ts'
import { type Foundation, layFoundation, openPipeline, unlockFileSystem } from './foundation.ts'
import { Lifecycle } from './lifecycle.ts'
import { openLogger } from './logger.ts'
import type { MountRequester } from './mount-request.ts'
import { nativeCalls } from './native.ts'
import { PipelineThreads } from './pipeline-threads.ts'
import { isStateInUse, stateDirectoryPath } from './state-directory.ts'
import { openView } from './view.ts'

/**
 * Checks a file system that is not mounted on this machine. Everything is read from the store into a
 * temporary place; nothing is changed.
 *
 * @param data - read all packs and checkpoints too, byte by byte
 * @throws StratusError `FILE_SYSTEM_MOUNTED`, `FILE_SYSTEM_NOT_FOUND`, `PASSPHRASE_WRONG`
 */
export async function checkStore(
  request: ConfigRequest,
  requester: MountRequester,
  data: boolean,
): Promise<CheckReport> {
  const threads = new PipelineThreads(request.flags.threads)
  await using lifecycle = new Lifecycle()
  lifecycle.add(threads)
  const config = await resolveConfig(request)
  const foundation = layFoundation(config, requester, threads, lifecycle)
  // What a check finds is in its report; of the log only trouble on the way matters.
  foundation.logger.open(openLogger(config.log.level === 'debug' ? 'debug' : 'error', undefined))
  const unlocked = await unlockFileSystem(foundation)
  const { fsId } = unlocked.superblock.parameters
  const stateDirectory = stateDirectoryPath(config.cache.path, fsId)
  if (isStateInUse(stateDirectory, (fd) => nativeCalls().lockFile(fd))) {
    throw new StratusError(
      'FILE_SYSTEM_MOUNTED',
      'this machine has the file system mounted: unmount it, then check',
    )
  }
  await openPipeline(foundation, unlocked)
  return await check(foundation, stateDirectory, data)
}

async function check(
  { components, config, lifecycle, logger, requester }: Foundation,
  stateDirectory: string,
  data: boolean,
): Promise<CheckReport> {
  const scratchDirectory = mkdtempSync(join(tmpdir(), 'stratus-fsck-'))
  lifecycle.defer(() => rmSync(scratchDirectory, { recursive: true, force: true }))
  await openView(components, config.metadata, scratchDirectory, logger)
  await components.bindPlugin('commit-log', config.commitLog)
  await components.bindPlugin('dedup', config.dedup)
  return checkFileSystem({
    store: components.resolve(MetadataStore),
    dedup: components.resolve(DedupIndex),
    pipeline: components.resolve(Pipeline),
    log: components.resolve(CommitLog),
    cipher: components.resolve(Cipher),
    identity: components.resolve(FileSystemIdentity),
    clock: components.resolve(Clock),
    logger: components.resolve(Logger),
    scratchDirectory,
    stateDirectory,
    data,
    progress: (step) => requester.progress(step),
  })
}
