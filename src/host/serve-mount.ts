import { isAbsolute } from 'node:path'
import { type Frontend, StratusError } from '../core/index.ts'
import type { FileSystemConfig } from './config/file-system-config.ts'
import { resolveConfig } from './config/resolve-config.ts'
import { layFoundation } from './foundation.ts'
import { Lifecycle } from './lifecycle.ts'
import { Mount } from './mount.ts'
import { prepareMountPoint } from './mount-point.ts'
import type { MountRequest, MountRequester } from './mount-request.ts'
import { type OpenedFileSystem, openFileSystem } from './open-file-system.ts'
import type { PipelineThreads } from './pipeline-threads.ts'
import { PluginLoader } from './plugin-loader.ts'
import { isInside } from './state-directory.ts'
import { stopOnSignals } from './stop-on-signals.ts'

/**
 * Mounts a file system. What a step that fails leaves behind is taken down again.
 *
 * @param threads - threads that were started ahead; disposed of with the mount
 * @returns once programs can use the mount point
 */
export async function serveMount(
  request: MountRequest,
  requester: MountRequester,
  threads: PipelineThreads,
): Promise<Mount> {
  const lifecycle = new Lifecycle()
  lifecycle.add(threads)
  try {
    const config = await resolveConfig(request)
    const mountPoint = await chooseMountPoint(request, config)
    const { force, acceptRollback, background } = request
    const foundation = layFoundation(config, requester, threads, lifecycle)
    const opened = await openFileSystem(foundation, {
      mountPoint,
      force,
      acceptRollback,
      background,
    })
    return await attach(opened, config, mountPoint, lifecycle)
  } catch (error) {
    await lifecycle[Symbol.asyncDispose]().catch(() => undefined)
    throw error
  }
}

async function chooseMountPoint(request: MountRequest, config: FileSystemConfig): Promise<string> {
  const chosen = request.mountPoint ?? config.mountPoint
  if (chosen === undefined) {
    throw new StratusError('OPTIONS_INVALID', 'say where to mount: stratus mount NAME DIRECTORY')
  }
  const mountPoint = await prepareMountPoint(chosen)
  await refuseOwnMountPoint(config, mountPoint)
  return mountPoint
}

/** A daemon that waits for its own mount waits for ever. */
async function refuseOwnMountPoint(config: FileSystemConfig, mountPoint: string): Promise<void> {
  const backend = await new PluginLoader(config.plugins).backendChoice(config.backend)
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

async function attach(
  {
    fileSystem,
    components,
    counters,
    logger,
    parameters,
    stateDirectory,
    logFile,
  }: OpenedFileSystem,
  config: FileSystemConfig,
  mountPoint: string,
  lifecycle: Lifecycle,
): Promise<Mount> {
  try {
    const frontend: Frontend = await components.bindPlugin('frontend', config.frontend)
    const mount = new Mount({
      fileSystem,
      frontend,
      counters,
      lifecycle,
      logger,
      mountPoint,
      source: config.source,
      fsId: Buffer.from(parameters.fsId).toString('hex'),
      label: parameters.label,
      stateDirectory,
      logFile,
    })
    // From the moment the kernel shows the mount somebody may want it to end.
    const ignoreSignals = stopOnSignals(mount)
    await mount
      .attach({ readOnly: config.readOnly, allowOther: config.allowOther })
      .catch((error: unknown) => {
        ignoreSignals()
        throw error
      })
    return mount
  } catch (error) {
    await fileSystem.close()
    throw error
  }
}
