import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { StratusError } from '../core/index.ts'

/** Takes an exclusive flock(2) on an open file without waiting; `false` when somebody else has it. */
export type LockFile = (fd: number) => boolean

/** Who uses a state directory. */
export interface StateHolder {
  readonly pid: number
  readonly mountPoint: string
}

/**
 * The folder of a file system's local state: journal, view, cache, log. Locked while it is in use; the
 * lock goes with the process.
 */
export class StateDirectory implements Disposable {
  /** Absolute path. */
  readonly path: string
  #fd: number | undefined

  /**
   * Creates the folder if need be and locks it.
   *
   * @param root - folder of the states of all file systems
   * @param fsId - 16 bytes
   * @throws StratusError `FILE_SYSTEM_MOUNTED` when a process of this machine uses it
   * @throws StratusError `CACHE_DIRECTORY_UNUSABLE`, `LOCAL_DISK_FULL`
   */
  constructor(root: string, fsId: Uint8Array, holder: StateHolder, lock: LockFile) {
    this.path = stateDirectoryPath(root, fsId)
    const lockPath = join(this.path, 'lock')
    let fd: number
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 })
      fd = openSync(lockPath, 'a+', 0o600)
    } catch (cause) {
      throw unusable(root, cause)
    }
    if (!lock(fd)) {
      closeSync(fd)
      throw alreadyMounted(readHolder(lockPath))
    }
    try {
      ftruncateSync(fd)
      writeSync(fd, JSON.stringify(holder))
    } catch (cause) {
      closeSync(fd)
      throw unusable(root, cause)
    }
    this.#fd = fd
  }

  [Symbol.dispose](): void {
    if (this.#fd === undefined) return
    ftruncateSync(this.#fd)
    closeSync(this.#fd)
    this.#fd = undefined
  }
}

/** Where the local state of a file system is kept. */
export function stateDirectoryPath(root: string, fsId: Uint8Array): string {
  return join(root, Buffer.from(fsId).toString('hex'))
}

/** Whether a process has a state directory locked. */
export function isStateInUse(path: string, lock: LockFile): boolean {
  let fd: number
  try {
    fd = openSync(join(path, 'lock'), 'r+')
  } catch {
    return false
  }
  try {
    return !lock(fd)
  } finally {
    closeSync(fd)
  }
}

/** Whether `path` is `folder` or lies in it. Both absolute and resolved. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || (path !== dirname(path) && isInside(dirname(path), folder))
}

function readHolder(lockPath: string): StateHolder | undefined {
  try {
    return JSON.parse(readFileSync(lockPath, 'utf8')) as StateHolder
  } catch {
    return undefined
  }
}

function unusable(root: string, cause: unknown): StratusError {
  const { code, message } = cause as NodeJS.ErrnoException
  const options = { cause, details: { path: root } }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StratusError(
      'LOCAL_DISK_FULL',
      `there is no room for local state in ${root}: make some, or choose another folder with --cachedir`,
      options,
    )
  }
  return new StratusError(
    'CACHE_DIRECTORY_UNUSABLE',
    `cannot use ${root} for local state (${message}): choose another with --cachedir`,
    options,
  )
}

function alreadyMounted(holder: StateHolder | undefined): StratusError {
  const where =
    holder === undefined ? 'elsewhere' : `at ${holder.mountPoint} (process ${holder.pid})`
  return new StratusError(
    'FILE_SYSTEM_MOUNTED',
    `this machine has the file system mounted ${where}: use it there, or unmount it first`,
    { details: holder === undefined ? {} : { ...holder } },
  )
}
