import { stat } from 'node:fs/promises'
import { StratusError } from '../../core/errors.ts'
import type { Logger } from '../../core/services.ts'
import type { NativeAddon } from './addon.ts'
import { readMountTable, topmostAt } from './mount-table.ts'
import { unmount } from './unmounting.ts'

/**
 * Makes a mount point ready: it must be a directory, and nothing of ours may be mounted there.
 *
 * A mount whose daemon was killed is still in the mount table, and every access to it fails with
 * `ENOTCONN`. It is detached, because nothing can revive it.
 *
 * @param type - file-system type, with its `fuse.`
 * @param helper - program that detaches for users other than root
 * @throws StratusError `MOUNT_POINT_INVALID`, `MOUNT_POINT_BUSY`
 */
export async function prepareMountPoint(
  addon: NativeAddon,
  mountPoint: string,
  type: string,
  helper: string,
  logger: Logger,
): Promise<void> {
  let state = await stateOf(mountPoint)
  if (state === 'dead' && (await typeAt(mountPoint)) === type) {
    logger.warn({ mountPoint }, 'detaching the mount of a daemon that is gone')
    await unmount(addon, mountPoint, { lazy: true, helper })
    state = await stateOf(mountPoint)
  }
  const details = { mountPoint }
  switch (state) {
    case 'absent':
      throw new StratusError('MOUNT_POINT_INVALID', 'the mount point does not exist', { details })
    case 'otherKind':
      throw new StratusError('MOUNT_POINT_INVALID', 'the mount point is no directory', { details })
    case 'dead':
      throw new StratusError(
        'MOUNT_POINT_INVALID',
        'the mount point is a mount whose daemon is gone; detach it first',
        { details },
      )
    case 'directory':
      if ((await typeAt(mountPoint)) !== type) return
      throw new StratusError('MOUNT_POINT_BUSY', `a ${type} is already mounted there`, { details })
  }
}

type State = 'directory' | 'otherKind' | 'absent' | 'dead'

async function stateOf(mountPoint: string): Promise<State> {
  try {
    return (await stat(mountPoint)).isDirectory() ? 'directory' : 'otherKind'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return 'absent'
    if (code === 'ENOTDIR') return 'otherKind'
    if (code === 'ENOTCONN' || code === 'ECONNABORTED') return 'dead'
    throw new StratusError('MOUNT_POINT_INVALID', 'the mount point cannot be examined', {
      cause: error,
      details: { mountPoint, code: code ?? '' },
    })
  }
}

async function typeAt(mountPoint: string): Promise<string | undefined> {
  return topmostAt(await readMountTable(), mountPoint)?.type
}
