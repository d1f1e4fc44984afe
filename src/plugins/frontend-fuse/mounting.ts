import { spawn } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { StratusError } from '../../core/errors.ts'
import type { AttachRequest } from '../../core/frontend.ts'
import { checkFuseDevice, type NativeAddon } from './addon.ts'
import { isRoot } from './unmounting.ts'

const FUSE_DEVICE = '/dev/fuse'
/** Flags of mount(2). */
const MS_RDONLY = 1
const MS_NOSUID = 2
const MS_NODEV = 4
/** Where the helper finds its end of the socket. */
const HELPER_SOCKET_FD = 3

/** What a mount may look like beyond the request. */
export interface MountOptions {
  /** Honour set-user-id and set-group-id bits. Root only. */
  readonly suid: boolean
  /** Honour device files. Root only. */
  readonly dev: boolean
  /** Program that mounts for users other than root. */
  readonly helper: string
}

/**
 * Mounts, and returns the descriptor on which the kernel's requests arrive.
 *
 * @throws StratusError `FUSE_UNAVAILABLE`, `MOUNT_POINT_INVALID`, `MOUNT_POINT_BUSY`
 */
export async function mount(
  addon: NativeAddon,
  request: AttachRequest,
  options: MountOptions,
): Promise<number> {
  checkFuseDevice(FUSE_DEVICE)
  return isRoot()
    ? mountDirectly(addon, request, options)
    : mountThroughHelper(addon, request, options.helper)
}

async function mountDirectly(
  addon: NativeAddon,
  request: AttachRequest,
  options: MountOptions,
): Promise<number> {
  const fd = openSync(FUSE_DEVICE, constants.O_RDWR | constants.O_NONBLOCK)
  const data = [`fd=${fd}`, 'rootmode=40000', 'user_id=0', 'group_id=0', 'default_permissions']
  if (request.allowOther) data.push('allow_other')
  let flags = 0
  if (request.readOnly) flags |= MS_RDONLY
  if (!options.suid) flags |= MS_NOSUID
  if (!options.dev) flags |= MS_NODEV
  try {
    const type = `fuse.${request.type}`
    await addon.mount(request.source, request.mountPoint, type, flags, data.join(','))
    return fd
  } catch (cause) {
    closeSync(fd)
    throw mountFailure(cause as NodeJS.ErrnoException, request.mountPoint)
  }
}

function mountFailure(cause: NodeJS.ErrnoException, mountPoint: string): StratusError {
  const details = { mountPoint, code: cause.code ?? '' }
  switch (cause.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new StratusError('MOUNT_POINT_INVALID', 'the mount point is no directory', {
        cause,
        details,
      })
    case 'EBUSY':
      return new StratusError('MOUNT_POINT_BUSY', 'the mount point is in use', { cause, details })
    case 'EPERM':
      return new StratusError(
        'FUSE_UNAVAILABLE',
        'mounting is not permitted; a container needs --cap-add SYS_ADMIN',
        { cause, details },
      )
    case 'ENODEV':
      return new StratusError('FUSE_UNAVAILABLE', 'this kernel has no FUSE; try: modprobe fuse', {
        cause,
        details,
      })
    default:
      return new StratusError('FUSE_UNAVAILABLE', 'mounting failed', { cause, details })
  }
}

/** The set-user-id helper mounts and sends the descriptor over a socket that it inherits. */
async function mountThroughHelper(
  addon: NativeAddon,
  request: AttachRequest,
  helper: string,
): Promise<number> {
  const [ours, theirs] = addon.socketPair()
  try {
    const message = await runHelper(helper, helperArguments(request), theirs)
    const fd = message === undefined ? addon.receiveDescriptor(ours) : -1
    if (fd < 0) throw helperFailure(message ?? 'it sent no descriptor', request.mountPoint)
    return fd
  } finally {
    closeSync(ours)
    closeSync(theirs)
  }
}

function helperArguments(request: AttachRequest): string[] {
  const options = [
    request.readOnly ? 'ro' : 'rw',
    `fsname=${escapeOption(request.source)}`,
    `subtype=${escapeOption(request.type)}`,
    'default_permissions',
  ]
  if (request.allowOther) options.push('allow_other')
  return ['-o', options.join(','), '--', request.mountPoint]
}

function escapeOption(value: string): string {
  return value.replace(/[\\,]/g, '\\$&')
}

/** Runs the helper to its end. Returns what it said when it failed. */
function runHelper(helper: string, args: string[], socket: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(helper, args, {
      env: { ...process.env, LC_ALL: 'C', _FUSE_COMMFD: String(HELPER_SOCKET_FD) },
      stdio: ['ignore', 'ignore', 'pipe', socket],
    })
    let message = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      message += text
    })
    child.on('error', (cause) => {
      const advice = `${helper} cannot be started; install the package fuse3`
      reject(new StratusError('FUSE_UNAVAILABLE', advice, { cause }))
    })
    child.on('close', (status) => {
      resolve(status === 0 ? undefined : message.trim() || `it ended with status ${status}`)
    })
  })
}

function helperFailure(message: string, mountPoint: string): StratusError {
  const aboutMountPoint = /mountpoint|mount point/i.test(message)
  const code = aboutMountPoint ? 'MOUNT_POINT_INVALID' : 'FUSE_UNAVAILABLE'
  return new StratusError(code, message, { details: { mountPoint } })
}
