/**
 * Keeps the backlog bounded: when the journal has grown to its limit or the local disk is full,
 * operations that add to it wait until a commit has made room.
 */
import { type Logger, PosixError, StratusError } from '../core/index.ts'
import type { Committer } from './commit/committer.ts'
import type { DiskReserve } from './journal/disk-reserve.ts'
import type { Volume } from './tree/volume.ts'

/** Changed rows that may wait for their commit: about 100 MB of memory. */
const ROWS_MAX = 400_000

/** Pause between attempts to write to a disk that is full, milliseconds. */
const RETRY_MS = 200

/** See the module comment. */
export class Admission {
  readonly #volume: Volume
  readonly #committer: Committer
  readonly #reserve: DiskReserve
  readonly #logger: Logger
  readonly #backlogBytesMax: number
  #diskFull = false
  #waiters: (() => void)[] = []

  constructor(
    volume: Volume,
    committer: Committer,
    reserve: DiskReserve,
    logger: Logger,
    backlogBytesMax: number,
  ) {
    this.#volume = volume
    this.#committer = committer
    this.#reserve = reserve
    this.#logger = logger
    this.#backlogBytesMax = backlogBytesMax
  }

  /** Whether operations wait at present. */
  get closed(): boolean {
    return (
      this.#diskFull ||
      this.#committer.backlogBytes > this.#backlogBytesMax ||
      this.#volume.changes.rows > ROWS_MAX
    )
  }

  /**
   * Returns `undefined` when an operation may go on, else a promise after which it should ask again.
   *
   * @throws PosixError `ENOSPC` when the disk is full and no commit will change that
   */
  wait(): Promise<void> | undefined {
    if (!this.closed || this.#volume.frozen !== undefined) return undefined
    if (this.#diskFull && !this.#committer.dirty) {
      if (!this.#reserve.hold()) throw new PosixError('ENOSPC')
      this.#diskFull = false
      return undefined
    }
    const turn = new Promise<void>((resolve) => {
      this.#waiters.push(resolve)
    })
    this.#committer.kick()
    return turn
  }

  /** A commit ended: those who wait may ask again. */
  wake(): void {
    if (this.#diskFull && this.#reserve.hold()) {
      this.#diskFull = false
      this.#logger.info({}, 'the local disk has room again')
    }
    const waiters = this.#waiters
    this.#waiters = []
    for (const resolve of waiters) resolve()
  }

  /** Writes the journal. Returns a promise while the disk is full. */
  settle(): Promise<void> | undefined {
    try {
      this.#volume.journal.flush()
      return undefined
    } catch (cause) {
      if (!(cause instanceof StratusError) || cause.code !== 'LOCAL_DISK_FULL') throw cause
      this.#full(cause)
      return this.#settleLater()
    }
  }

  async #settleLater(): Promise<void> {
    for (;;) {
      try {
        this.#volume.journal.flush()
        this.#committer.kick()
        return
      } catch (cause) {
        if (!(cause instanceof StratusError) || cause.code !== 'LOCAL_DISK_FULL') throw cause
        await this.#volume.clock.sleep(RETRY_MS)
      }
    }
  }

  /** Gives the reserve back to the disk, and lets writers wait until a commit has made room. */
  diskLow(): void {
    this.#full(new StratusError('LOCAL_DISK_FULL', 'little room on the local disk'))
  }

  #full(cause: StratusError): void {
    if (!this.#diskFull) {
      this.#logger.warn({ err: cause }, 'the local disk is full; writers wait for the next commit')
    }
    this.#diskFull = true
    this.#reserve.release()
  }
}
