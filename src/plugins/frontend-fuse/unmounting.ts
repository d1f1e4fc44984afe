import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { StratusError } from '../../core/errors.ts'
import type { NativeAddon } from './addon.ts'

/** Detach at once and end when the last user is gone; a flag of umount2(2). */
const MNT_DETACH = 2

const run = promisify(execFile)

/** How to detach a mount point. */
export interface UnmountOptions {
  /** Detach although programs use it; they keep what they have open. */
  readonly lazy: boolean
  /** Program that detaches for users other than root. */
  readonly helper: string
}

/**
 * Detaches whatever is mounted at a path.
 *
 * @returns `false` when nothing was
 * @throws StratusError `MOUNT_POINT_BUSY`
 */
export async function unmount(
  addon: NativeAddon,
  mountPoint: string,
  options: UnmountOptions,
): Promise<boolean> {
  return isRoot()
    ? unmountDirectly(addon, mountPoint, options.lazy)
    : unmountThroughHelper(mountPoint, options)
}

/** Whether this process may mount by itself. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0
}

async function unmountDirectly(
  addon: NativeAddon,
  mountPoint: string,
  lazy: boolean,
): Promise<boolean> {
  try {
    await addon.unmount(mountPoint, lazy ? MNT_DETACH : 0)
    return true
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EINVAL' || code === 'ENOENT') return false
    if (code === 'EBUSY') throw busy(mountPoint, cause)
    throw cause
  }
}

async function unmountThroughHelper(mountPoint: string, options: UnmountOptions): Promise<boolean> {
  const flags = options.lazy ? ['-u', '-z'] : ['-u']
  const env = { ...process.env, LC_ALL: 'C' }
  try {
    await run(options.helper, [...flags, '--', mountPoint], { env })
    return true
  } catch (cause) {
    const message = String((cause as { stderr?: unknown }).stderr ?? '')
    if (/not found in|not mounted/i.test(message)) return false
    if (/busy/i.test(message)) throw busy(mountPoint, cause)
    throw cause
  }
}

function busy(mountPoint: string, cause: unknown): StratusError {
  return new StratusError('MOUNT_POINT_BUSY', 'programs still use files in the mount point', {
    cause,
    details: { mountPoint },
  })
}
