/**
 * The local, append-only record of acknowledged changes.
 *
 * Invariants:
 * - Positions are contiguous: a record's position is its segment's base plus its offset behind the
 *   header, and the next segment's base is the end of the one before.
 * - `flushed` is what survives the death of this process; records behind it exist in memory only and
 *   have not been acknowledged.
 * - Only whole segments are removed, and only below the position that the bucket holds.
 *
 * All methods but `sync` are synchronous: one `writev` carries everything staged since the last one.
 */
import { closeSync, fdatasync, openSync, readSync, rmSync, unlinkSync, writevSync } from 'node:fs'
import { join } from 'node:path'
import { type RowChange, StratusError } from '../../core/index.ts'
import { ChangeWriter } from '../../format/changes.ts'
import {
  encodeRecordHeader,
  encodeSegmentHeader,
  JOURNAL_RECORD_HEADER_BYTES,
  JOURNAL_SEGMENT_HEADER_BYTES,
  recordCrc,
} from '../../format/journal.ts'
import { reached } from '../failpoints.ts'
import { syncDirectory } from './directory.ts'
import type { JournalSegment } from './segment.ts'

/**
 * Size at which a new segment begins, bytes.
 *
 * A segment is the unit in which committed space comes back; 64 MiB is four packs.
 */
const SEGMENT_BYTES_DEFAULT = 64 * 1024 * 1024

/** Room for the headers and changes of one batch, bytes; a fuller batch is written in several calls. */
const STAGING_BYTES = 1024 * 1024

/** Most buffers one `writev` takes: `IOV_MAX` of Linux. */
const VECTORS_MAX = 1024

/** Name of the segment file that starts at `base`. */
function segmentName(base: number): string {
  return `${base.toString(16).padStart(14, '0')}.journal`
}

/** Where the data of a record went. */
export interface DataLocation {
  readonly segment: JournalSegment
  /** First byte in the segment's file. */
  readonly position: number
}

/** Callbacks of one `sync`. */
interface SyncWaiter {
  resolve(): void
  reject(cause: unknown): void
}

/** See the module comment. */
export class Journal {
  /** 16 bytes; names this journal in the log, so that a session recognises its own commits. */
  readonly id: Uint8Array
  readonly #directory: string
  readonly #segmentBytes: number
  readonly #writer = new ChangeWriter()
  readonly #staging = Buffer.allocUnsafeSlow(STAGING_BYTES)
  readonly #segments: JournalSegment[] = []
  #stagedBytes = 0
  #vectors: Uint8Array[] = []
  /** Start of the staged bytes that are not yet in `#vectors`. */
  #vectorStart = 0
  /** End of what has been staged. */
  #end: number
  /** End of what has been written. */
  #flushed: number
  /** Segments with bytes that were written but not synced. */
  readonly #unsynced = new Set<JournalSegment>()
  #directoryUnsynced = false
  /** A sync failed: what lies below this position may not be on the disk, whatever it says later. */
  #unsyncableBelow = 0
  #waiters: SyncWaiter[] = []
  #syncing = false

  private constructor(
    directory: string,
    id: Uint8Array,
    segments: JournalSegment[],
    end: number,
    segmentBytes: number,
  ) {
    this.#segmentBytes = segmentBytes
    this.#directory = directory
    this.id = id
    this.#segments = segments
    this.#end = end
    this.#flushed = end
    for (const segment of segments) this.#unsynced.add(segment)
  }

  /** Starts an empty journal in a folder without segments. */
  static create(
    directory: string,
    id: Uint8Array,
    segmentBytes: number = SEGMENT_BYTES_DEFAULT,
  ): Journal {
    const journal = new Journal(directory, id, [], 0, segmentBytes)
    journal.#openSegment()
    journal.#directoryUnsynced = true
    reached('journal.afterCreate')
    return journal
  }

  /** Goes on with a journal that was scanned; its last segment is cut to `end` by the caller. */
  static resume(
    directory: string,
    id: Uint8Array,
    segments: JournalSegment[],
    end: number,
    segmentBytes: number = SEGMENT_BYTES_DEFAULT,
  ): Journal {
    return new Journal(directory, id, segments, end, segmentBytes)
  }

  /** Position behind the last record, written or not. */
  get end(): number {
    return this.#end
  }

  /** Position behind the last record that survives the death of this process. */
  get flushed(): number {
    return this.#flushed
  }

  /** Position of the oldest byte that is still there. */
  get start(): number {
    return this.#segments[0]?.base ?? this.#end
  }

  /**
   * Stages one record: an operation's changes, and the data of its `data` change if it has one.
   *
   * Never fails for lack of room: the operation has happened in memory. The next `flush` says so, and
   * nobody hears of success before it.
   *
   * @param data - borrowed until the next successful `flush`
   * @returns where the data will be
   */
  append(changes: readonly RowChange[], data?: Uint8Array): DataLocation {
    const writer = this.#writer
    writer.reset()
    for (const change of changes) writer.put(change)
    const encoded = writer.bytes()
    const dataBytes = data === undefined ? 0 : data.byteLength
    const headBytes = JOURNAL_RECORD_HEADER_BYTES + encoded.byteLength
    let segment = this.#segments[this.#segments.length - 1] as JournalSegment
    if (this.#end - segment.base >= this.#segmentBytes) segment = this.#roll() ?? segment
    if (this.#stagedBytes + headBytes > STAGING_BYTES || this.#vectors.length > VECTORS_MAX - 4) {
      this.#tryFlush()
    }
    // A record too large for the staging buffer (a huge xattr), or for what is left of it while the
    // disk is full, gets a buffer of its own.
    const own = this.#stagedBytes + headBytes > STAGING_BYTES
    const target = own ? Buffer.allocUnsafeSlow(headBytes) : this.#staging
    const at = own ? 0 : this.#stagedBytes
    const chunks = data === undefined ? [] : [data]
    const fields = { position: this.#end, changesBytes: encoded.byteLength, dataBytes }
    encodeRecordHeader(target, at, { ...fields, crc: recordCrc(fields, encoded, chunks) })
    target.set(encoded, at + JOURNAL_RECORD_HEADER_BYTES)
    if (own) {
      this.#closeVector()
      this.#vectors.push(target)
    } else {
      this.#stagedBytes += headBytes
    }
    if (data !== undefined) {
      this.#closeVector()
      this.#vectors.push(data)
    }
    const position = JOURNAL_SEGMENT_HEADER_BYTES + (this.#end - segment.base) + headBytes
    this.#end += headBytes + dataBytes
    return { segment, position }
  }

  /**
   * Writes everything staged.
   *
   * After a failure the rest stays staged, and the next call goes on where this one stopped.
   *
   * @throws StratusError `LOCAL_DISK_FULL`
   */
  flush(): void {
    if (this.#flushed === this.#end) return
    this.#closeVector()
    const segment = this.#segments[this.#segments.length - 1] as JournalSegment
    while (this.#vectors.length > 0) {
      let written: number
      try {
        written = writevSync(
          segment.fd,
          this.#vectors.slice(0, VECTORS_MAX) as NodeJS.ArrayBufferView[],
          JOURNAL_SEGMENT_HEADER_BYTES + (this.#flushed - segment.base),
        )
      } catch (cause) {
        throw new StratusError('LOCAL_DISK_FULL', 'cannot write to the journal', {
          cause,
          details: { directory: this.#directory },
        })
      }
      this.#flushed += written
      this.#unsynced.add(segment)
      this.#dropWritten(written)
    }
    this.#stagedBytes = 0
    this.#vectorStart = 0
    reached('journal.afterFlush')
  }

  /** Reads bytes that `append` placed. The segment must still be there. */
  read(segment: JournalSegment, position: number, target: Uint8Array): void {
    const end = segment.base + position - JOURNAL_SEGMENT_HEADER_BYTES + target.byteLength
    if (end > this.#flushed) this.flush()
    let done = 0
    while (done < target.byteLength) {
      const count = readSync(segment.fd, target, done, target.byteLength - done, position + done)
      if (count === 0) {
        throw new StratusError('JOURNAL_CORRUPT', 'the journal is shorter than it should be', {
          details: { file: segment.file, position },
        })
      }
      done += count
    }
  }

  /**
   * Makes everything appended so far survive loss of power. Calls that overlap share one
   * `fdatasync`.
   *
   * The kernel reports a failed write once and then takes the pages for clean. So after a failure this
   * keeps failing until the segments concerned are gone, which is when a commit has covered them.
   *
   * @throws StratusError `LOCAL_DISK_FULL`
   */
  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      try {
        this.flush()
      } catch (cause) {
        reject(cause)
        return
      }
      if (this.#unsyncableBelow > this.start) {
        reject(new StratusError('LOCAL_DISK_FULL', 'part of the journal could not be synced'))
        return
      }
      this.#waiters.push({ resolve, reject })
      if (!this.#syncing) {
        this.#syncing = true
        // Other requests of this turn join before the disk is asked.
        setImmediate(() => this.#runSync())
      }
    })
  }

  /** Removes segments whose records all lie below `position`. Never the current one. */
  trim(position: number): void {
    while (this.#segments.length > 1) {
      const [oldest, next] = this.#segments as [JournalSegment, JournalSegment]
      if (next.base > position) break
      this.#segments.shift()
      this.#drop(oldest)
    }
    // The current segment goes too once nothing in it is needed, so that space comes back at rest.
    const current = this.#segments[0] as JournalSegment
    const idle = position === this.#end && this.#flushed === this.#end && !this.#syncing
    if (this.#segments.length === 1 && idle && this.#end - current.base > this.#segmentBytes / 16) {
      // Without room for a new file the old one stays in use.
      if (this.#roll() === undefined) return
      this.#segments.shift()
      this.#drop(current)
    }
  }

  /** Closes the files. */
  close(): void {
    for (const segment of this.#segments) closeSync(segment.fd)
    this.#segments.length = 0
  }

  /** Closes and deletes the files; the bucket holds everything. */
  destroy(): void {
    const files = this.#segments.map((segment) => segment.file)
    this.close()
    for (const file of files) rmSync(file, { force: true })
  }

  #drop(segment: JournalSegment): void {
    this.#unsynced.delete(segment)
    closeSync(segment.fd)
    rmSync(segment.file, { force: true })
    reached('journal.afterTrim')
  }

  #tryFlush(): boolean {
    try {
      this.flush()
      return true
    } catch {
      return false
    }
  }

  /** Starts the next segment; while the disk is full the current one grows on. */
  #roll(): JournalSegment | undefined {
    if (!this.#tryFlush()) return undefined
    try {
      const segment = this.#openSegment()
      reached('journal.afterRoll')
      return segment
    } catch {
      return undefined
    }
  }

  #openSegment(): JournalSegment {
    const base = this.#end
    const file = join(this.#directory, segmentName(base))
    let fd: number | undefined
    try {
      fd = openSync(file, 'w+', 0o600)
      const header = encodeSegmentHeader({ journal: this.id, base })
      if (writevSync(fd, [header], 0) < header.byteLength) throw new Error('no room for a header')
    } catch (cause) {
      // An empty file in the sequence would look like damage to the next session.
      if (fd !== undefined) {
        closeSync(fd)
        unlinkSync(file)
      }
      throw new StratusError('LOCAL_DISK_FULL', 'cannot start a journal segment', {
        cause,
        details: { directory: this.#directory },
      })
    }
    const segment = { file, fd, base }
    this.#segments.push(segment)
    this.#directoryUnsynced = true
    return segment
  }

  #closeVector(): void {
    if (this.#stagedBytes > this.#vectorStart) {
      this.#vectors.push(this.#staging.subarray(this.#vectorStart, this.#stagedBytes))
      this.#vectorStart = this.#stagedBytes
    }
  }

  #dropWritten(written: number): void {
    let left = written
    let whole = 0
    while (whole < this.#vectors.length) {
      const vector = this.#vectors[whole] as Uint8Array
      if (left < vector.byteLength) {
        this.#vectors[whole] = vector.subarray(left)
        break
      }
      left -= vector.byteLength
      whole++
    }
    this.#vectors = this.#vectors.slice(whole)
  }

  #runSync(): void {
    const waiters = this.#waiters
    this.#waiters = []
    const segments = [...this.#unsynced]
    this.#unsynced.clear()
    const settle = (cause?: unknown): void => {
      this.#syncing = false
      if (this.#waiters.length > 0) {
        this.#syncing = true
        setImmediate(() => this.#runSync())
      }
      for (const waiter of waiters) {
        if (cause === undefined) waiter.resolve()
        else waiter.reject(cause)
      }
    }
    try {
      if (this.#directoryUnsynced) {
        syncDirectory(this.#directory)
        this.#directoryUnsynced = false
      }
    } catch (cause) {
      for (const segment of segments) this.#unsynced.add(segment)
      settle(cause)
      return
    }
    let pending = segments.length
    let failure: unknown
    if (pending === 0) settle()
    for (const segment of segments) {
      fdatasync(segment.fd, (cause) => {
        // A segment that a commit made superfluous meanwhile needs no sync.
        if (cause !== null && this.#segments.includes(segment)) {
          failure = new StratusError('LOCAL_DISK_FULL', 'cannot sync the journal', { cause })
          this.#unsyncableBelow = this.#flushed
        }
        if (--pending === 0) settle(failure)
      })
    }
  }
}
