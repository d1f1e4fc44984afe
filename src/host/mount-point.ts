import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { StratusError } from '../core/index.ts'
import { findMount, MOUNT_TYPE } from './mount-table.ts'
import { unmount } from './unmount.ts'

/**
 * Returns the absolute path of a mount point without symbolic links.
 *
 * Works on one whose daemon died or hangs: only the folder above is looked at when something of ours is
 * mounted there.
 */
export async function resolveMountPoint(path: string): Promise<string> {
  const absolute = resolve(path)
  if (findMount(absolute)?.type === MOUNT_TYPE) return absolute
  const parent = await realpath(dirname(absolute)).catch(() => dirname(absolute))
  const likely = absolute === '/' ? '/' : join(parent, basename(absolute))
  if (findMount(likely)?.type === MOUNT_TYPE) return likely
  return realpath(absolute).catch(() => likely)
}

/**
 * Makes sure that a file system can be mounted at `path`. A mount whose daemon died is cleaned up first.
 *
 * @returns the absolute path without symbolic links
 * @throws StratusError `MOUNT_POINT_INVALID`, `MOUNT_POINT_BUSY`
 */
export async function prepareMountPoint(path: string): Promise<string> {
  const mountPoint = await resolveMountPoint(path)
  const mounted = findMount(mountPoint)
  if (mounted?.type === MOUNT_TYPE) {
    if (await isServed(mountPoint)) throw busy(mountPoint, mounted.source)
    await unmount(mountPoint, true)
  }
  const found = await stat(mountPoint).catch((cause: unknown) => {
    throw invalid(mountPoint, cause)
  })
  if (!found.isDirectory()) {
    throw new StratusError('MOUNT_POINT_INVALID', `${mountPoint} is not a directory`, {
      details: { mountPoint },
    })
  }
  return mountPoint
}

/** Whether a daemon still answers for the mount. */
async function isServed(mountPoint: string): Promise<boolean> {
  try {
    await stat(mountPoint)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code !== 'ENOTCONN' && code !== 'ECONNABORTED'
  }
}

function busy(mountPoint: string, source: string): StratusError {
  return new StratusError(
    'MOUNT_POINT_BUSY',
    `${source} is mounted at ${mountPoint}: unmount it first, or choose another directory`,
    { details: { mountPoint } },
  )
}

function invalid(mountPoint: string, cause: unknown): StratusError {
  const { code, message } = cause as NodeJS.ErrnoException
  const advice =
    code === 'ENOENT' ? `${mountPoint} does not exist: create it with mkdir` : `${message}`
  return new StratusError('MOUNT_POINT_INVALID', advice, { cause, details: { mountPoint } })
}
