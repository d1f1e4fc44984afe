import { StratusError } from '../../core/errors.ts'
import type { AttachRequest, Frontend } from '../../core/frontend.ts'
import type { Operations } from '../../core/operations.ts'
import type { Clock, Logger } from '../../core/services.ts'
import type { ByteString, Ino } from '../../core/units.ts'
import type { NativeAddon } from './addon.ts'
import { Connection } from './connection.ts'
import { prepareMountPoint } from './mount-point.ts'
import { readMountTable, topmostAt } from './mount-table.ts'
import { mount } from './mounting.ts'
import type { FuseOptions } from './options.ts'
import { setReadAhead } from './read-ahead.ts'
import { unmount } from './unmounting.ts'
import { within } from './within.ts'

/** How often to look whether the mount is still in the mount table, milliseconds. */
const WATCH_INTERVAL_MS = 3000
/** How long the end of a session may take to show after its mount is gone, milliseconds. */
const END_GRACE_MS = 1000
/** How long the kernel may take to write its cache back before a session is ended, milliseconds. */
const SYNC_MS_MAX = 30_000

/** What is attached at present. */
interface Attachment {
  readonly mountPoint: string
  /** Device number; `undefined` when the mount table does not show the mount. */
  readonly device: string | undefined
  readonly connection: Connection
  readonly stopWatching: AbortController
}

/**
 * Serves an engine through the kernel's FUSE driver.
 *
 * The protocol is spoken here; `native/` moves the bytes. `docs/internals/fuse.md` describes both.
 */
export class FuseFrontend implements Frontend {
  readonly detached: Promise<void>

  private attachment: Attachment | undefined
  private attaching = false
  private resolveDetached!: () => void

  constructor(
    private readonly addon: NativeAddon,
    private readonly options: FuseOptions,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.detached = new Promise((resolve) => {
      this.resolveDetached = resolve
    })
  }

  async attach(operations: Operations, request: AttachRequest): Promise<void> {
    if (this.attaching) throw new TypeError('a frontend attaches once')
    this.attaching = true
    const { addon, options, clock, logger } = this
    const { mountPoint } = request
    const type = `fuse.${request.type}`
    await prepareMountPoint(addon, mountPoint, type, options.helper, logger)
    const fd = await mount(addon, request, options)
    const connection = new Connection(fd, { addon, operations, options, clock, logger })
    try {
      await connection.opened
    } catch (error) {
      connection.end()
      await unmount(addon, mountPoint, { lazy: true, helper: options.helper }).catch(() => {})
      throw error
    }
    const entry = topmostAt(await readMountTable(), mountPoint)
    const device = entry?.type === type ? entry.device : undefined
    const stopWatching = new AbortController()
    this.attachment = { mountPoint, device, connection, stopWatching }
    void connection.ended.then(() => this.onEnded(stopWatching))
    if (device !== undefined) {
      await setReadAhead(device, options.readAheadBytes, logger)
      void this.watch(connection, device, stopWatching.signal)
    }
  }

  async detach(): Promise<void> {
    const { attachment } = this
    if (attachment === undefined) return
    await this.unmount(attachment, false)
    await this.finish(attachment.connection, END_GRACE_MS)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { attachment } = this
    if (attachment === undefined) {
      this.resolveDetached()
      return
    }
    try {
      await this.detach()
    } catch (error) {
      this.logger.warn({ err: error }, 'ending the session under the programs that use it')
      await this.unmount(attachment, true).catch(() => {})
      await this.finish(attachment.connection, 0)
    }
  }

  /** Makes the kernel drop what it caches of an inode: attributes, and data from `offset` on. */
  async invalidateInode(ino: Ino, offset = 0, length = 0): Promise<void> {
    await this.attachment?.connection.notifier.invalidateInode(ino, offset, length)
  }

  /** Makes the kernel ask for a name again. */
  async invalidateEntry(parent: Ino, name: ByteString): Promise<void> {
    await this.attachment?.connection.notifier.invalidateEntry(parent, name)
  }

  /** Tells the kernel that a name is gone. */
  async announceRemoval(parent: Ino, name: ByteString, ino: Ino): Promise<void> {
    await this.attachment?.connection.notifier.announceRemoval(parent, name, ino)
  }

  private onEnded(stopWatching: AbortController): void {
    stopWatching.abort()
    this.attachment = undefined
    this.resolveDetached()
  }

  private async unmount({ mountPoint, device }: Attachment, lazy: boolean): Promise<void> {
    const table = await readMountTable()
    if (device !== undefined && topmostAt(table, mountPoint)?.device !== device) {
      if (!table.some((entry) => entry.device === device)) return
      throw new StratusError('MOUNT_POINT_BUSY', 'something else is mounted over the mount point', {
        details: { mountPoint },
      })
    }
    await unmount(this.addon, mountPoint, { lazy, helper: this.options.helper })
  }

  /** Waits for the end of a session whose mount is gone; brings it about if it does not come. */
  private async finish(connection: Connection, quietMs: number): Promise<void> {
    if (await connection.endedWithin(END_GRACE_MS)) return
    // Another mount namespace or an open file keeps the session alive. What the kernel still caches
    // for it may be the only copy of somebody's data.
    await within(this.clock, SYNC_MS_MAX, Promise.race([this.addon.syncAll(), connection.ended]))
    await connection.quiet(quietMs)
    connection.end()
    await connection.ended
  }

  private async watch(connection: Connection, device: string, signal: AbortSignal): Promise<void> {
    let requests = connection.requests
    while (!signal.aborted) {
      await this.clock.sleep(WATCH_INTERVAL_MS, signal).catch(() => {})
      if (signal.aborted) return
      if (requests === connection.requests) connection.housekeep()
      requests = connection.requests
      const table = await readMountTable().catch(() => undefined)
      if (table === undefined || table.some((entry) => entry.device === device)) continue
      this.logger.info({ lingerMs: this.options.lingerMs }, 'detached from outside')
      await this.finish(connection, this.options.lingerMs)
      return
    }
  }
}
