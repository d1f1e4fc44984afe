import { createRequire } from 'node:module'
import { StratusError } from '../core/index.ts'

/** The system calls that Node lacks and the host needs. */
export interface NativeCalls {
  /** getxattr(2), off the main thread. */
  getxattr(path: string, name: string): Promise<Buffer>
  /** setxattr(2), off the main thread. */
  setxattr(path: string, name: string, value: Uint8Array, flags: number): Promise<void>
  /** umount2(2), off the main thread. */
  unmount(target: string, flags: number): Promise<void>
  /** Takes an exclusive flock(2) without waiting; `false` when another open file has it. */
  lockFile(fd: number): boolean
  /** Makes the allocator keep the large buffers it is asked for again and again. */
  tuneAllocator(): void
}

const addonPath = '../../native/build/Release/stratus_fuse.node'

let loaded: NativeCalls | undefined

/**
 * Returns the native calls.
 *
 * @throws StratusError `FUSE_UNAVAILABLE` when the addon is not built
 */
export function nativeCalls(): NativeCalls {
  try {
    loaded ??= createRequire(import.meta.url)(addonPath) as NativeCalls
    return loaded
  } catch (cause) {
    throw new StratusError(
      'FUSE_UNAVAILABLE',
      'the native addon is not built for this Node: run npm run build:native',
      { cause },
    )
  }
}
