/**
 * Log objects: one for each commit.
 *
 * ```
 * header | pack of an inline commit, if any | sealed meta record and padding | sealed trailer
 * ```
 *
 * The pack comes first, so that its place is known before the changes, which name it, are sealed. Byte
 * tables are in `docs/format/log.md`.
 */
import type { Sequence } from '../core/index.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { damaged } from './damage.ts'
import { sha256Hex } from './keys.ts'
import {
  PACKED_CHANGES_HEAD_BYTES,
  packChanges,
  readPackedChanges,
  writePackedChanges,
} from './packed-changes.ts'
import { paddedBytes } from './padme.ts'
import {
  OBJECT_HEADER_BYTES,
  ObjectSealer,
  openObject,
  type SealingContext,
  TRAILER_RECORD,
} from './sealing.ts'

/** Where the pack of an inline commit starts in its log object, bytes. */
export const LOG_PACK_OFFSET = OBJECT_HEADER_BYTES

const META_RECORD = 0
const TRAILER_BYTES = 16
const HASH_BYTES = 32
const WHAT = 'log object'

/** What a log object says about itself. */
export interface LogHeader {
  readonly sequence: Sequence
  /** SHA-256 of the previous log object, hexadecimal; {@link genesisHash} for the first. */
  readonly previous: string
  /** Id of the session that wrote it, hexadecimal. */
  readonly session: string
  /** Id of the journal it was made from, hexadecimal. */
  readonly journal: string
  /** Journal position the commit covers. */
  readonly journalPosition: number
  /** When, milliseconds since 1970; whole ones are stored. */
  readonly committedMs: number
}

/** What goes into a log object. */
export interface LogContent {
  /** Fresh random id; never used for two contents. */
  readonly id: Uint8Array
  readonly header: LogHeader
  /** Encoded changes. */
  readonly changes: Uint8Array
  /** The pack of an inline commit, without padding of its own. */
  readonly pack?: Uint8Array | undefined
}

/** A log object that was opened. */
export interface OpenedLog {
  readonly header: LogHeader
  /** Encoded changes, owned by the caller. */
  readonly changes: Uint8Array
  /** Where the pack of an inline commit starts, bytes. */
  readonly packOffset?: number
  /** Size of that pack, bytes. */
  readonly packLength?: number
}

/** Returns the log object of one commit. */
export function sealLogObject(context: SealingContext, content: LogContent): Uint8Array {
  const sealer = new ObjectSealer(context, 'log', content.id)
  const packBytes = content.pack?.length ?? 0
  const meta = encodeMeta(content)
  const fixedBytes = LOG_PACK_OFFSET + packBytes + TRAILER_BYTES + 2 * sealer.overheadBytes
  const object = Buffer.allocUnsafeSlow(paddedBytes(fixedBytes + meta.length))
  meta.zeros(object.length - fixedBytes - meta.length)

  sealer.writeHeader(object, 0)
  if (content.pack !== undefined) object.set(content.pack, LOG_PACK_OFFSET)
  const metaOffset = LOG_PACK_OFFSET + packBytes
  const metaBytes = sealer.seal(META_RECORD, meta.view(), object, metaOffset)
  const trailer = new ByteWriter(TRAILER_BYTES)
  trailer.u32(metaOffset)
  trailer.u32(metaBytes)
  trailer.u32(packBytes === 0 ? 0 : LOG_PACK_OFFSET)
  trailer.u32(packBytes)
  sealer.seal(TRAILER_RECORD, trailer.view(), object, metaOffset + metaBytes)
  return object
}

function encodeMeta(content: LogContent): ByteWriter {
  const { header } = content
  const previous = Buffer.from(header.previous, 'hex')
  if (previous.length !== HASH_BYTES) throw new TypeError('hash has the wrong length')
  const packed = packChanges(content.changes)
  const meta = new ByteWriter(256 + PACKED_CHANGES_HEAD_BYTES + paddedBytes(packed.bytes.length))
  meta.u64(header.sequence)
  meta.bytes(previous)
  meta.u64(header.journalPosition)
  meta.u64(Math.floor(header.committedMs))
  meta.text(header.session)
  meta.text(header.journal)
  writePackedChanges(meta, packed)
  return meta
}

/**
 * Opens a log object.
 *
 * The blocks of an inline pack are not looked at; each is authenticated when it is read, and the hash
 * chain covers them all.
 *
 * @param expected - sequence the object was read under
 * @throws StratusError `DATA_CORRUPT`, `FORMAT_UNSUPPORTED`
 */
export function openLogObject(
  context: SealingContext,
  bytes: Uint8Array,
  expected: Sequence,
): OpenedLog {
  const { sealer } = openObject(context, 'log', bytes)
  const trailerAt = bytes.length - TRAILER_BYTES - sealer.overheadBytes
  if (trailerAt < OBJECT_HEADER_BYTES) throw damaged('log object is cut short')
  const trailer = new ByteReader(sealer.open(TRAILER_RECORD, bytes.subarray(trailerAt)), WHAT)
  const metaOffset = trailer.u32()
  const metaBytes = trailer.u32()
  const packOffset = trailer.u32()
  const packLength = trailer.u32()
  if (metaOffset !== LOG_PACK_OFFSET + packLength || metaOffset + metaBytes !== trailerAt) {
    throw damaged('log object has another size than its trailer says')
  }
  if (packOffset !== (packLength === 0 ? 0 : LOG_PACK_OFFSET)) {
    throw damaged('log object has its pack in another place')
  }
  const meta = sealer.open(META_RECORD, bytes.subarray(metaOffset, trailerAt))
  const { header, changes } = decodeMeta(meta)
  if (header.sequence !== expected) {
    throw damaged('log object is of another commit', { expected, found: header.sequence })
  }
  return packLength === 0 ? { header, changes } : { header, changes, packOffset, packLength }
}

function decodeMeta(meta: Uint8Array): { header: LogHeader; changes: Uint8Array } {
  const reader = new ByteReader(meta, WHAT)
  const sequence = reader.u64()
  const previous = Buffer.from(reader.view(HASH_BYTES)).toString('hex')
  const journalPosition = reader.u64()
  const committedMs = reader.u64()
  const session = reader.text()
  const journal = reader.text()
  const header = { sequence, previous, session, journal, journalPosition, committedMs }
  return { header, changes: readPackedChanges(reader) }
}

/** Hash that the next log object names as its previous one: SHA-256, hexadecimal. */
export function logObjectHash(bytes: Uint8Array): string {
  return sha256Hex(bytes)
}

/** Hash that the first log object of a file system names: SHA-256 of its id, hexadecimal. */
export function genesisHash(fsId: Uint8Array): string {
  return sha256Hex(fsId)
}
