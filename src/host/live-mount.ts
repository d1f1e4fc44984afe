import { StratusError } from '../core/index.ts'
import type { BackendFigures } from '../engine/decorators/backend-counters.ts'
import type { FileSystemStatus } from '../engine/file-system.ts'
import { CONTROL_PREFIX } from './control-operations.ts'
import type { FlushState } from './flush-requests.ts'
import { resolveMountPoint } from './mount-point.ts'
import { findMount, MOUNT_TYPE } from './mount-table.ts'
import { nativeCalls } from './native.ts'

/** What a mount says about itself. */
export interface MountStatus extends FileSystemStatus {
  readonly mountPoint: string
  readonly source: string
  readonly label: string
  /** Hexadecimal. */
  readonly fsId: string
  readonly pid: number
  readonly sinceMs: number
  readonly stateDirectory: string
  readonly logFile: string | undefined
  /** Size of the view on the local disk. */
  readonly databaseBytes: number
  /** Requests to the store since the mount. */
  readonly backend: BackendFigures
  /** Path of the {@link MountRecord}. */
  readonly recordFile: string
  readonly flushes: readonly FlushState[]
}

/**
 * Returns the mount point that a path means.
 *
 * @throws StratusError `NOT_MOUNTED` when no file system of ours is mounted there
 */
export async function findLiveMount(path: string): Promise<string> {
  const mountPoint = await resolveMountPoint(path)
  const mounted = findMount(mountPoint)
  if (mounted?.type === MOUNT_TYPE) return mountPoint
  throw new StratusError(
    'NOT_MOUNTED',
    mounted === undefined
      ? `nothing is mounted at ${mountPoint}: give the directory that was named to mount`
      : `what is mounted at ${mountPoint} is ${mounted.type}, not Stratus`,
    { details: { mountPoint } },
  )
}

/** Asks a mount for its status. */
export async function queryStatus(mountPoint: string): Promise<MountStatus> {
  try {
    const answer = await nativeCalls().getxattr(mountPoint, `${CONTROL_PREFIX}status`)
    return JSON.parse(answer.toString('utf8')) as MountStatus
  } catch (cause) {
    throw unanswered(mountPoint, cause)
  }
}

/** Has a mount begin a flush, whose outcome then shows in its status under `id`. */
export async function requestFlush(mountPoint: string, id: string): Promise<void> {
  try {
    await nativeCalls().setxattr(mountPoint, `${CONTROL_PREFIX}flush`, Buffer.from(id), 0)
  } catch (cause) {
    throw unanswered(mountPoint, cause)
  }
}

function unanswered(mountPoint: string, cause: unknown): StratusError {
  const { code, message } = cause as NodeJS.ErrnoException
  const details = { mountPoint }
  if (code === 'ENOTCONN' || code === 'ECONNABORTED') {
    return new StratusError(
      'NOT_MOUNTED',
      `the daemon of ${mountPoint} is gone: unmount, and mount again; nothing acknowledged is lost`,
      { cause, details },
    )
  }
  if (code === 'EPERM' || code === 'EACCES') {
    return new StratusError(
      'OPTIONS_INVALID',
      `only root and the user who mounted may control ${mountPoint}: ask them`,
      { cause, details },
    )
  }
  return new StratusError('NOT_MOUNTED', `${mountPoint} does not answer: ${message}`, {
    cause,
    details,
  })
}
