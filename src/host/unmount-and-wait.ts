import { setTimeout as delay } from 'node:timers/promises'
import { StratusError } from '../core/index.ts'
import { flushMount } from './flush-mount.ts'
import { findLiveMount, type MountStatus, queryStatus } from './live-mount.ts'
import { resolveMountPoint } from './mount-point.ts'
import {
  isDaemonAlive,
  type MountRecord,
  mountRecordPath,
  readMountRecord,
  removeMountRecord,
} from './mount-record.ts'
import type { Progress } from './mount-request.ts'
import { findMount } from './mount-table.ts'
import { unmount } from './unmount.ts'

/** Between two looks at a daemon that drains, ms. */
const POLL_MS = 20

/** What `umount` is asked to do. */
export interface UnmountRequest {
  readonly path: string
  /** Detach even when the mount point is in use, and do not wait. */
  readonly lazy: boolean
}

/** Who wants to know how it goes. */
export interface UnmountWatcher {
  progress(step: Progress): void
  notice(message: string): void
}

/**
 * Unmounts a file system and waits until its daemon has put everything into the bucket and ended.
 *
 * Most of the data goes while the mount still serves; so a failure to do that is known while there is
 * still something to do about it.
 *
 * @throws StratusError `MOUNT_POINT_BUSY`, `NOT_MOUNTED`, and what made the daemon fail
 */
export async function unmountAndWait(
  request: UnmountRequest,
  watcher: UnmountWatcher,
): Promise<void> {
  const mountPoint = await resolveMountPoint(request.path)
  const recordPath = mountRecordPath(mountPoint)
  const left = readMountRecord(recordPath)
  if (findMount(mountPoint) === undefined && left !== undefined) {
    watcher.notice(
      `${mountPoint} is unmounted already; making sure that everything is in the store`,
    )
    return waitForDaemon(recordPath, left, watcher)
  }
  await findLiveMount(mountPoint)
  const status = await statusOf(mountPoint, watcher)
  if (status?.state === 'serving') {
    await flushMount(mountPoint, (step) => watcher.progress(step))
  }
  await unmount(mountPoint, request.lazy || status === undefined)
  if (request.lazy || status === undefined) return
  const record = readMountRecord(status.recordFile)
  if (record !== undefined) await waitForDaemon(status.recordFile, record, watcher)
}

/** Returns `undefined` when the daemon is gone: then there is nobody to wait for. */
async function statusOf(
  mountPoint: string,
  watcher: UnmountWatcher,
): Promise<MountStatus | undefined> {
  try {
    return await queryStatus(mountPoint)
  } catch (error) {
    const gone = error instanceof StratusError && error.code === 'NOT_MOUNTED'
    if (!gone) throw error
    watcher.notice(
      `the daemon of ${mountPoint} is gone; what it acknowledged is there after the next mount`,
    )
    return undefined
  }
}

async function waitForDaemon(
  recordPath: string,
  first: MountRecord,
  watcher: UnmountWatcher,
): Promise<void> {
  let total = 0
  while (isDaemonAlive(first)) {
    const { backlogBytes } = readMountRecord(recordPath) ?? first
    total = Math.max(total, backlogBytes)
    watcher.progress({ phase: 'uploading', done: total - backlogBytes, total, unit: 'bytes' })
    await delay(POLL_MS)
  }
  const last = readMountRecord(recordPath)
  if (last?.pid !== first.pid) return
  removeMountRecord(recordPath)
  if (last.state === 'ended') return
  const where = last.logFile === undefined ? '' : `; its log is ${last.logFile}`
  const what = last.failure?.message ?? 'it ended without saying why'
  const code = last.failure?.code ?? 'WORKER_FAILED'
  const next =
    code === 'FENCED'
      ? 'what it acknowledged and had not committed is kept here, and `stratus recover` brings it out'
      : 'what it acknowledged is there after the next mount on this machine'
  throw new StratusError(
    code,
    `the daemon failed before everything was in the store: ${what}${where}; ${next}`,
  )
}
