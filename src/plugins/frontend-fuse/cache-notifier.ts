import { StratusError } from '../../core/errors.ts'
import type { ByteString, Ino } from '../../core/units.ts'
import type { Channel } from './addon.ts'
import { Notification } from './protocol.ts'

/**
 * Tells the kernel that what it caches changed without it.
 *
 * Notifications leave one after the other from a thread of the pool: the kernel takes locks that
 * programs may hold while they wait for an answer from this process. So a promise of this class
 * must not be awaited before that answer is given.
 */
export class CacheNotifier {
  private last: Promise<void> = Promise.resolve()

  constructor(private readonly channel: Channel) {}

  /** Drops cached attributes and the cached data from `offset` on. Length 0 is "to the end". */
  invalidateInode(ino: Ino, offset = 0, length = 0): Promise<void> {
    const payload = Buffer.alloc(24)
    writeWide(payload, 0, ino)
    writeWide(payload, 8, offset)
    writeWide(payload, 16, length)
    return this.enqueue(Notification.INVALIDATE_INODE, payload)
  }

  /** Drops the cached fact that a name exists or does not. */
  invalidateEntry(parent: Ino, name: ByteString): Promise<void> {
    const payload = Buffer.alloc(16 + name.length + 1)
    writeWide(payload, 0, parent)
    payload.writeUInt32LE(name.length, 8)
    payload.write(name, 16, 'latin1')
    return this.enqueue(Notification.INVALIDATE_ENTRY, payload)
  }

  /** Says that a name is gone, so that programs that watch the directory learn it. */
  announceRemoval(parent: Ino, name: ByteString, ino: Ino): Promise<void> {
    const payload = Buffer.alloc(24 + name.length + 1)
    writeWide(payload, 0, parent)
    writeWide(payload, 8, ino)
    payload.writeUInt32LE(name.length, 16)
    payload.write(name, 24, 'latin1')
    return this.enqueue(Notification.DELETE, payload)
  }

  private enqueue(code: number, payload: Uint8Array): Promise<void> {
    const sent = this.last.then(() => this.send(code, payload))
    this.last = sent.catch(() => {})
    return sent
  }

  private async send(code: number, payload: Uint8Array): Promise<void> {
    try {
      await this.channel.notify(code, payload)
    } catch (cause) {
      const { code: errno = '' } = cause as NodeJS.ErrnoException
      // The kernel does not cache it, or the session is over: nothing is out of date.
      if (['ENOENT', 'ENODEV', 'EBADF', 'ENOTCONN', 'EPERM'].includes(errno)) return
      throw new StratusError('FUSE_UNAVAILABLE', 'the kernel refused a notification', {
        cause,
        details: { code: errno },
      })
    }
  }
}

function writeWide(target: Buffer, at: number, value: number): void {
  target.writeBigUInt64LE(BigInt(value), at)
}
