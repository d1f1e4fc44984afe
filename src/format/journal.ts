/**
 * The local journal: segments that hold records, one record for each operation.
 *
 * A position is logical and contiguous over the segments of one journal: that of a record is the base of
 * its segment plus the record's distance from the end of the segment's header. Byte tables are in
 * `docs/format/journal.md`.
 */
import { crc32 } from 'node:zlib'
import { ByteReader, loadU32 } from './byte-reader.ts'
import { storeU32, storeU64 } from './byte-writer.ts'
import { damaged, unknownFormat } from './damage.ts'

/** Size of the header of a segment, bytes. */
export const JOURNAL_SEGMENT_HEADER_BYTES = 48

/** Size of the header of a record, bytes. */
export const JOURNAL_RECORD_HEADER_BYTES = 24

/** Size of a journal's id, bytes. */
export const JOURNAL_ID_BYTES = 16

const SEGMENT_MAGIC = Buffer.from('STRATJNL', 'latin1')
const SEGMENT_VERSION = 1
/** Bytes of the segment header that its checksum covers. */
const SEGMENT_CHECKED_BYTES = 40

/** "SREC" in the file. */
const RECORD_MAGIC = 0x43455253

/** What every record starts with. */
export const RECORD_MAGIC_BYTES: Uint8Array = Buffer.from('SREC', 'latin1')

/** What the header of a segment says. */
export interface SegmentHeader {
  /** Random 128-bit id of the journal, {@link JOURNAL_ID_BYTES} bytes. */
  readonly journal: Uint8Array
  /** Position of the first record. */
  readonly base: number
}

/** What a record's header says about its size and place. */
export interface RecordExtent {
  /** Position of the record in the journal. */
  readonly position: number
  /** Size of the encoded changes, bytes. */
  readonly changesBytes: number
  /** Size of the data behind the changes, bytes. */
  readonly dataBytes: number
}

/** The header of a record. */
export interface RecordHeader extends RecordExtent {
  /** CRC-32 of the header without this field, the changes and the data. */
  readonly crc: number
}

/** Returns the header of a segment. */
export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  if (header.journal.length !== JOURNAL_ID_BYTES)
    throw new TypeError('journal id has the wrong length')
  const bytes = Buffer.alloc(JOURNAL_SEGMENT_HEADER_BYTES)
  bytes.set(SEGMENT_MAGIC, 0)
  bytes[8] = SEGMENT_VERSION
  bytes.set(header.journal, 16)
  storeU64(bytes, 32, header.base)
  storeU32(bytes, SEGMENT_CHECKED_BYTES, crc32(bytes.subarray(0, SEGMENT_CHECKED_BYTES)))
  return bytes
}

/**
 * Reads the header of a segment.
 *
 * @throws StratusError `DATA_CORRUPT`, `FORMAT_UNSUPPORTED`
 */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader {
  const reader = new ByteReader(bytes, 'journal segment')
  if (!SEGMENT_MAGIC.equals(reader.view(SEGMENT_MAGIC.length))) {
    throw damaged('journal segment does not start with its magic')
  }
  const version = reader.u16()
  if (version !== SEGMENT_VERSION) {
    throw unknownFormat('journal segment is of an unknown version', { version })
  }
  const flags = reader.u16()
  const reserved = reader.u32()
  const journal = reader.bytes(JOURNAL_ID_BYTES)
  const base = reader.u64()
  const crc = reader.u32()
  const zero = reader.u32()
  if (crc !== crc32(bytes.subarray(0, SEGMENT_CHECKED_BYTES)) || zero !== 0) {
    throw damaged('journal segment header fails its checksum')
  }
  if (flags !== 0 || reserved !== 0) {
    throw unknownFormat('journal segment uses unknown features', { flags, reserved })
  }
  return { journal, base }
}

/** Writes the header of a record to `target` at `at`, which has room for it. */
export function encodeRecordHeader(target: Uint8Array, at: number, header: RecordHeader): void {
  storeU32(target, at, RECORD_MAGIC)
  storeU32(target, at + 4, header.changesBytes)
  storeU32(target, at + 8, header.dataBytes)
  storeU32(target, at + 12, header.crc)
  storeU64(target, at + 16, header.position)
}

/**
 * Reads the header at `at`.
 *
 * @returns undefined when no whole header is there: the journal ends here. Whether the record is whole
 *   is for the caller to check, with {@link recordCrc}
 */
export function decodeRecordHeader(bytes: Uint8Array, at: number): RecordHeader | undefined {
  if (at < 0 || at + JOURNAL_RECORD_HEADER_BYTES > bytes.length) return undefined
  if (loadU32(bytes, at) !== RECORD_MAGIC) return undefined
  const positionHigh = loadU32(bytes, at + 20)
  if (positionHigh > 0x1f_ffff) return undefined
  return {
    changesBytes: loadU32(bytes, at + 4),
    dataBytes: loadU32(bytes, at + 8),
    crc: loadU32(bytes, at + 12),
    position: positionHigh * 0x1_0000_0000 + loadU32(bytes, at + 16),
  }
}

/** The header without its checksum, as {@link recordCrc} covers it. Used within one call only. */
const checkedHeader = Buffer.alloc(JOURNAL_RECORD_HEADER_BYTES - 4)

/** Returns the checksum of a record. */
export function recordCrc(
  record: RecordExtent,
  changes: Uint8Array,
  data: readonly Uint8Array[],
): number {
  storeU32(checkedHeader, 0, RECORD_MAGIC)
  storeU32(checkedHeader, 4, record.changesBytes)
  storeU32(checkedHeader, 8, record.dataBytes)
  storeU64(checkedHeader, 12, record.position)
  let crc = crc32(changes, crc32(checkedHeader))
  for (const part of data) crc = crc32(part, crc)
  return crc
}
