import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { StratusError } from '../core/index.ts'
import { mountPointUsers } from './mount-point-users.ts'
import { nativeCalls } from './native.ts'
import { isRoot } from './system-user.ts'

/** Flag of umount2(2): detach now, end when the last user has left. */
const MNT_DETACH = 2

/**
 * Takes the mount off its mount point. Not for the process that serves it: the kernel writes its caches
 * back through that one first.
 *
 * @param lazy - detach even when it is in use
 * @throws StratusError `MOUNT_POINT_BUSY` naming who uses it
 */
export async function unmount(mountPoint: string, lazy: boolean): Promise<void> {
  try {
    if (isRoot()) await nativeCalls().unmount(mountPoint, lazy ? MNT_DETACH : 0)
    else await promisify(execFile)('fusermount3', [lazy ? '-uz' : '-u', '--', mountPoint])
  } catch (cause) {
    throw describe(mountPoint, cause)
  }
}

function describe(mountPoint: string, cause: unknown): StratusError {
  const { code, stderr, message } = cause as { code?: unknown; stderr?: string; message: string }
  const details = { mountPoint }
  if (code === 'EBUSY' || /busy/i.test(stderr ?? '')) {
    const users = mountPointUsers(mountPoint)
    const who = users.length === 0 ? 'something' : users.join(', ')
    return new StratusError(
      'MOUNT_POINT_BUSY',
      `${mountPoint} is in use by ${who}: end it, or detach with --lazy`,
      { cause, details },
    )
  }
  if (code === 'EINVAL' || /not found|not mounted/i.test(stderr ?? '')) {
    return new StratusError('NOT_MOUNTED', `nothing is mounted at ${mountPoint}`, {
      cause,
      details,
    })
  }
  if (code === 'ENOENT' && stderr === undefined) {
    return new StratusError('FUSE_UNAVAILABLE', 'fusermount3 is missing: install fuse3', { cause })
  }
  const [reason] = (stderr?.trim() || message).split('\n')
  return new StratusError('MOUNT_POINT_INVALID', `cannot unmount ${mountPoint}: ${reason}`, {
    cause,
    details,
  })
}
