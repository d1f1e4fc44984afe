import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { StratusError } from '../core/index.ts'
import { type MountStatus, queryStatus, requestFlush } from './live-mount.ts'
import type { Progress } from './mount-request.ts'
import { findMount } from './mount-table.ts'

/** Between two looks at a flush: shortest at first, since most are quick, ms. */
const POLL_MS_MIN = 5
const POLL_MS_MAX = 250

/** Longest wait for the kernel to hand over what it has written back, ms. */
const WRITEBACK_MS_MAX = 5000

/**
 * Puts everything that was written to a mount so far into its bucket, the kernel's own cache included.
 *
 * @throws StratusError of the flush, such as `FENCED`
 */
export async function flushMount(
  mountPoint: string,
  progress: (step: Progress) => void,
): Promise<void> {
  await writeBackKernelCache(mountPoint)
  const id = randomUUID()
  await requestFlush(mountPoint, id)
  let left = Number.NaN
  let total = 0
  for (let pause = POLL_MS_MIN; ; pause = Math.min(pause * 2, POLL_MS_MAX)) {
    const status = await queryStatus(mountPoint)
    const flush = status.flushes.find((state) => state.id === id)
    if (flush?.state === 'done') return
    if (flush?.state !== 'running') throw flushFailed(status, flush?.message)
    left = status.backlogBytes
    total = Math.max(total, left)
    progress({ phase: 'uploading', done: total - left, total, unit: 'bytes' })
    await delay(pause)
  }
}

/**
 * Has the kernel hand over dirty pages. syncfs(2) starts the writes but does not wait for their answers;
 * how many requests are out shows in the FUSE control file system, where it is mounted.
 */
async function writeBackKernelCache(mountPoint: string): Promise<void> {
  const sync = () => promisify(execFile)('sync', ['-f', '--', mountPoint])
  try {
    // The kernel tells a write-back that failed some time ago, on a full disk say, to the first who syncs,
    // and only once; the program that wrote was told by its own `close` or `fsync`. What matters here
    // is whether all can be written back now.
    await sync().catch(sync)
  } catch (cause) {
    // Says so in its own way when the daemon is gone.
    await queryStatus(mountPoint)
    const { stderr, message } = cause as { stderr?: string; message: string }
    const [reason] = (stderr?.trim() || message).split('\n')
    throw new StratusError('BACKEND_UNAVAILABLE', `not everything is in the store: ${reason}`, {
      cause,
    })
  }
  const connection = findMount(mountPoint)?.deviceMinor
  const deadline = performance.now() + WRITEBACK_MS_MAX
  while (waitingRequests(connection) > 0 && performance.now() < deadline) await delay(POLL_MS_MIN)
}

function waitingRequests(connection: number | undefined): number {
  try {
    return Number(readFileSync(`/sys/fs/fuse/connections/${connection}/waiting`, 'utf8'))
  } catch {
    return 0
  }
}

function flushFailed(status: MountStatus, message: string | undefined): StratusError {
  if (status.state === 'fenced') return new StratusError('FENCED', message ?? 'the mount is fenced')
  return new StratusError(
    'BACKEND_UNAVAILABLE',
    `not everything is in the store: ${message ?? 'the mount was replaced by another'}`,
  )
}
