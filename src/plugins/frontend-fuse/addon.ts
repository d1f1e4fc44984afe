import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { StratusError } from '../../core/errors.ts'

/** Requests of one mounted session, as `native/channel.h` describes them. */
export interface Channel {
  /** The slots and, behind them, the rings. */
  readonly memory: ArrayBuffer
  /** Sends what is outgoing and frees its slots. Needed outside of `onBatch` only. */
  send(): void
  /** Answers a request whose slot was freed without a reply, by the two halves of its number. */
  sendStatus(uniqueLow: number, uniqueHigh: number, errno: number): void
  /** Returns a free slot, which is busy from then on, or -1. */
  takeSlot(): number
  /** Returns memory that large requests touched to the system. */
  trim(): void
  /** Sends a notification from a thread of the pool. One at a time: each may block for long. */
  notify(code: number, payload: Uint8Array): Promise<void>
  /** Ends the session: the kernel fails every request that is left. */
  close(): void
}

/**
 * What is compiled in `native/`.
 *
 * Functions fail with an `Error` that carries `code` (such as `ENOENT`), `errno` and `syscall`, as
 * those of Node do.
 */
export interface NativeAddon {
  /** mount(2), in a thread of the pool. */
  mount(source: string, target: string, type: string, flags: number, data: string): Promise<void>
  /** umount2(2), in a thread of the pool. */
  unmount(target: string, flags: number): Promise<void>
  /** sync(2), in a thread of the pool: makes the kernel write back what it caches, everywhere. */
  syncAll(): Promise<void>
  /** Returns two connected sockets. */
  socketPair(): [number, number]
  /** Returns the descriptor that waits in a socket, or -1. */
  receiveDescriptor(socket: number): number
  /**
   * Starts to serve a mounted `/dev/fuse` descriptor, which the channel owns from then on.
   *
   * @param onBatch - called with the number of requests that arrived
   * @param onEnd - called once, with an error number, when no more requests will come
   */
  openChannel(
    fd: number,
    slots: number,
    slotBytes: number,
    spinMicroseconds: number,
    onBatch: (count: number) => void,
    onEnd: (errno: number) => void,
  ): Channel

  /** getxattr(2), in a thread of the pool. Values of up to 64 KiB arrive whole. */
  getxattr(path: string, name: string): Promise<Buffer>
  /** setxattr(2), in a thread of the pool. `flags` is 0, `XATTR_CREATE` or `XATTR_REPLACE`. */
  setxattr(path: string, name: string, value: Uint8Array, flags: number): Promise<void>
  /** fallocate(2), in a thread of the pool. */
  fallocate(fd: number, mode: number, offset: number, length: number): Promise<void>
  /** fallocate(2). */
  fallocateSync(fd: number, mode: number, offset: number, length: number): void
  /**
   * Takes the lock of an open file (flock(2)); it lasts until the descriptor is closed.
   *
   * @returns whether it was free
   */
  lockFile(fd: number): boolean
  /** Makes glibc keep buffers of up to 32 MiB on its heap, for the whole process. */
  tuneAllocator(): void
}

const ADDON_PATH = '../../../native/build/Release/stratus_fuse.node'

/**
 * Returns the native addon.
 *
 * @throws StratusError `FUSE_UNAVAILABLE` when it was not built for this machine
 */
export function loadAddon(): NativeAddon {
  const require = createRequire(import.meta.url)
  try {
    return require(ADDON_PATH)
  } catch (cause) {
    throw new StratusError(
      'FUSE_UNAVAILABLE',
      'the FUSE addon cannot be loaded; build it with: npm run build:native',
      { cause },
    )
  }
}

/**
 * Checks that this process may talk to the kernel's FUSE driver.
 *
 * @throws StratusError `FUSE_UNAVAILABLE`
 */
export function checkFuseDevice(device = '/dev/fuse'): void {
  try {
    accessSync(device, constants.R_OK | constants.W_OK)
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const advice = absent
      ? 'load the kernel module (modprobe fuse); in a container, start it with --device /dev/fuse'
      : 'this user may not open it; its mode should be 0666'
    throw new StratusError('FUSE_UNAVAILABLE', `${device} cannot be used: ${advice}`, { cause })
  }
}
