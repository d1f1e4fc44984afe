/**
 * Reads a journal that a session left behind.
 *
 * What does not check out at the end of the last segment is the torn tail of a crash: it was never
 * acknowledged, and the journal ends before it. Anywhere else, and with a whole record behind it, it is
 * damage to what was acknowledged.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
} from 'node:fs'
import { join } from 'node:path'
import { type RowChange, StratusError } from '../../core/index.ts'
import { readChanges } from '../../format/changes.ts'
import {
  decodeRecordHeader,
  decodeSegmentHeader,
  JOURNAL_RECORD_HEADER_BYTES,
  JOURNAL_SEGMENT_HEADER_BYTES,
  RECORD_MAGIC_BYTES,
  recordCrc,
  type SegmentHeader,
} from '../../format/journal.ts'
import type { JournalSegment } from './segment.ts'

/** One record found. */
export interface ScannedRecord {
  readonly position: number
  /** Position behind it. */
  readonly end: number
  readonly changes: RowChange[]
  readonly segment: JournalSegment
  /** Where its data starts in the segment's file. */
  readonly dataPosition: number
}

/** A journal that was found, open and cut to its last whole record. */
export interface ScannedJournal {
  readonly id: Uint8Array
  readonly segments: JournalSegment[]
  readonly end: number
  readonly records: ScannedRecord[]
}

const SUFFIX = '.journal'

/** Names of the segments in a folder, oldest first. */
export function segmentFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(SUFFIX))
    .sort()
}

function readAt(fd: number, target: Uint8Array, position: number): number {
  let done = 0
  while (done < target.byteLength) {
    const count = readSync(fd, target, done, target.byteLength - done, position + done)
    if (count === 0) break
    done += count
  }
  return done
}

function damaged(file: string, position: number): StratusError {
  return new StratusError('JOURNAL_CORRUPT', 'the journal is damaged', {
    details: { file, position },
  })
}

function sameId(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** Reads one record, or `undefined` when the bytes are no whole record of this place. */
function readRecord(
  segment: JournalSegment,
  offset: number,
  size: number,
): ScannedRecord | undefined {
  if (offset + JOURNAL_RECORD_HEADER_BYTES > size) return undefined
  const head = Buffer.allocUnsafe(JOURNAL_RECORD_HEADER_BYTES)
  readAt(segment.fd, head, offset)
  const header = decodeRecordHeader(head, 0)
  const position = segment.base + offset - JOURNAL_SEGMENT_HEADER_BYTES
  if (header === undefined || header.position !== position) return undefined
  const changesAt = offset + JOURNAL_RECORD_HEADER_BYTES
  const dataPosition = changesAt + header.changesBytes
  if (dataPosition + header.dataBytes > size) return undefined
  const body = Buffer.allocUnsafe(header.changesBytes + header.dataBytes)
  readAt(segment.fd, body, changesAt)
  const changes = body.subarray(0, header.changesBytes)
  if (recordCrc(header, changes, [body.subarray(header.changesBytes)]) !== header.crc) {
    return undefined
  }
  return {
    position,
    end: position + (dataPosition - offset) + header.dataBytes,
    changes: [...readChanges(changes)],
    segment,
    dataPosition,
  }
}

/** One segment, read as far as it can be. */
export interface ReadSegment {
  readonly journal: Uint8Array
  readonly segment: JournalSegment
  readonly records: readonly ScannedRecord[]
  /** Position behind the last record. */
  readonly end: number
  /** Whether nothing follows the last record. */
  readonly whole: boolean
}

/** Bytes looked through at once for a record behind a damaged place. */
const SEARCH_BYTES = 1024 * 1024

/** Unit in which a file system writes files, bytes. */
const PAGE_BYTES = 4096

/** Returns where the first whole record behind `offset` starts, if there is one. */
function nextRecord(segment: JournalSegment, offset: number, size: number): number | undefined {
  const chunk = Buffer.allocUnsafe(SEARCH_BYTES + RECORD_MAGIC_BYTES.length - 1)
  for (let from = offset + 1; from < size; from += SEARCH_BYTES) {
    const bytes = chunk.subarray(0, readAt(segment.fd, chunk, from))
    let at = bytes.indexOf(RECORD_MAGIC_BYTES)
    while (at >= 0) {
      if (readRecord(segment, from + at, size) !== undefined) return from + at
      at = bytes.indexOf(RECORD_MAGIC_BYTES, at + 1)
    }
  }
  return undefined
}

/** Whether a whole page between two places of a file is zero, as one is that was never written. */
function hasUnwrittenPage(fd: number, from: number, to: number): boolean {
  const page = Buffer.allocUnsafe(PAGE_BYTES)
  const zeros = Buffer.alloc(PAGE_BYTES)
  for (
    let at = Math.ceil(from / PAGE_BYTES) * PAGE_BYTES;
    at + PAGE_BYTES <= to;
    at += PAGE_BYTES
  ) {
    if (readAt(fd, page, at) === PAGE_BYTES && page.equals(zeros)) return true
  }
  return false
}

/**
 * Whether what follows `offset` is what a crash leaves.
 *
 * A process that dies leaves at most the start of a record. With a whole record behind it, the bytes at
 * `offset` were written well and have changed since; unless the machine died, which may leave any page
 * unwritten that no `fsync` covered.
 */
function isTorn(segment: JournalSegment, offset: number, size: number, rebooted: boolean): boolean {
  const next = nextRecord(segment, offset, size)
  return next === undefined || (rebooted && hasUnwrittenPage(segment.fd, offset, next))
}

/** Reads one segment; `undefined` when not even its header can be read. */
export function readSegment(file: string, fd: number, size: number): ReadSegment | undefined {
  const head = Buffer.alloc(JOURNAL_SEGMENT_HEADER_BYTES)
  if (readAt(fd, head, 0) < head.byteLength) return undefined
  let header: SegmentHeader
  try {
    header = decodeSegmentHeader(head)
  } catch (cause) {
    if (cause instanceof StratusError && cause.code === 'DATA_CORRUPT') return undefined
    throw cause
  }
  const segment = { file, fd, base: header.base }
  const records: ScannedRecord[] = []
  let offset = JOURNAL_SEGMENT_HEADER_BYTES
  let end = header.base
  for (;;) {
    const record = readRecord(segment, offset, size)
    if (record === undefined) break
    records.push(record)
    offset += record.end - record.position
    end = record.end
  }
  return { journal: header.journal, segment, records, end, whole: offset === size }
}

/**
 * Opens the journal in `directory`, or returns `undefined` when there is none.
 *
 * @param rebooted - the machine has started anew since the journal was written: loss of power may have
 *   taken all that no `fsync` covered, the end of an earlier segment too. What comes behind such a tear
 *   was not covered either; those files are renamed
 * @throws StratusError `JOURNAL_CORRUPT` when a record before the last one is damaged; the files
 *   stay as they are
 */
export function scanJournal(directory: string, rebooted = false): ScannedJournal | undefined {
  const segments: JournalSegment[] = []
  const records: ScannedRecord[] = []
  let id: Uint8Array | undefined
  let end = 0
  const names = segmentFiles(directory)
  try {
    for (const [index, name] of names.entries()) {
      const file = join(directory, name)
      const fd = openSync(file, 'r+')
      const size = fstatSync(fd).size
      const last = index === names.length - 1
      const read = readSegment(file, fd, size)
      if (read === undefined && size < JOURNAL_SEGMENT_HEADER_BYTES && last) {
        // The crash came between making the segment and writing its header: nothing was in it.
        closeSync(fd)
        break
      }
      const known = id === undefined || (read !== undefined && sameId(id, read.journal))
      const follows = known && (id === undefined || read?.segment.base === end)
      if (read === undefined || !follows) {
        closeSync(fd)
        // A hole between two segments, or no header: neither ever comes before what was synced.
        if (!rebooted || id === undefined || (read !== undefined && !known)) throw damaged(file, 0)
        setTornAside(directory, names.slice(index))
        break
      }
      id ??= read.journal
      segments.push(read.segment)
      for (const record of read.records) records.push(record)
      end = read.end
      if (read.whole) continue
      const wholeBytes = JOURNAL_SEGMENT_HEADER_BYTES + end - read.segment.base
      const torn = (last || rebooted) && isTorn(read.segment, wholeBytes, size, rebooted)
      if (!torn) throw damaged(file, wholeBytes)
      setTornAside(directory, names.slice(index + 1))
      ftruncateSync(fd, wholeBytes)
      break
    }
  } catch (cause) {
    for (const segment of segments) closeSync(segment.fd)
    throw cause
  }
  if (id === undefined) return undefined
  return { id, segments, end, records }
}

/** Takes segments behind a tear out of the journal. */
function setTornAside(directory: string, names: readonly string[]): void {
  for (const name of names) renameSync(join(directory, name), join(directory, `${name}.torn`))
}
