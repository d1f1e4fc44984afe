/**
 * Reads a journal that a session left behind.
 *
 * A record that does not check out in the last segment is the torn tail of a crash: it was never
 * acknowledged, and the journal ends before it. Anywhere else it is damage.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { type RowChange, StratusError } from '../../core/index.ts'
import { readChanges } from '../../format/changes.ts'
import {
  decodeRecordHeader,
  decodeSegmentHeader,
  JOURNAL_RECORD_HEADER_BYTES,
  JOURNAL_SEGMENT_HEADER_BYTES,
  recordCrc,
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

/** Reads one record, or `undefined` when the bytes are no whole record of this place. */
function readRecord(segment: JournalSegment, offset: number, size: number): ScannedRecord | undefined {
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

/**
 * Opens the journal in `directory`, or returns `undefined` when there is none.
 *
 * @throws {@link StratusError} `JOURNAL_CORRUPT` when a record before the last segment is damaged
 */
export function scanJournal(directory: string): ScannedJournal | undefined {
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
      const head = Buffer.alloc(JOURNAL_SEGMENT_HEADER_BYTES)
      if (readAt(fd, head, 0) < head.byteLength && last && index > 0) {
        // The crash came between making the segment and writing its header: nothing was in it.
        closeSync(fd)
        break
      }
      const { journal, base } = decodeSegmentHeader(head)
      if (id !== undefined && (Buffer.compare(id, journal) !== 0 || base !== end)) {
        closeSync(fd)
        throw damaged(file, 0)
      }
      id ??= journal
      const segment = { file, fd, base }
      segments.push(segment)
      let offset = JOURNAL_SEGMENT_HEADER_BYTES
      end = base
      for (;;) {
        const record = readRecord(segment, offset, size)
        if (record === undefined) break
        records.push(record)
        offset += record.end - record.position
        end = record.end
      }
      if (offset < size) {
        if (!last) throw damaged(file, offset)
        ftruncateSync(fd, offset)
      }
    }
  } catch (cause) {
    for (const segment of segments) closeSync(segment.fd)
    throw cause
  }
  if (id === undefined) return undefined
  return { id, segments, end, records }
}
