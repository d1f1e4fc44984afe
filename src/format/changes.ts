/**
 * Encoded row changes: the content of journal records, log objects and checkpoint parts.
 *
 * Each change is a frame: kind (one byte), length of the body (three bytes), body. Byte tables are in
 * `docs/format/changes.md`.
 */
import {
  type BlockRow,
  DIGEST_BYTES,
  type ExtentRow,
  type InodeRow,
  type PackRow,
  type RowChange,
  type SessionRow,
} from '../core/index.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { damaged, unknownFormat } from './damage.ts'

/** Number of each kind of change. Assigned once. */
const kindNumbers = {
  inode: 1,
  inodeDelete: 2,
  dentry: 3,
  dentryDelete: 4,
  xattr: 5,
  xattrDelete: 6,
  extent: 7,
  extentClear: 8,
  block: 9,
  blockDelete: 10,
  pack: 11,
  packDelete: 12,
  session: 13,
  data: 14,
} as const satisfies Record<RowChange['kind'], number>

/** Bytes of the kind and the length in front of each body. */
const FRAME_BYTES = 4
const BODY_BYTES_MAX = 0xff_ffff
const PACK_ID_BYTES = 16
const NANOSECONDS_MAX = 999_999_999
const WHAT = 'row change'

/** Encodes changes one after the other. */
export class ChangeWriter {
  private readonly writer: ByteWriter

  constructor(capacityBytes = 4096) {
    this.writer = new ByteWriter(capacityBytes)
  }

  /** Appends one change. */
  put(change: RowChange): void {
    encodeChange(this.writer, change)
  }

  /** Appends changes that are encoded already. */
  putEncoded(changes: Uint8Array): void {
    this.writer.bytes(changes)
  }

  /** Bytes so far. */
  get length(): number {
    return this.writer.length
  }

  /** Returns the encoded changes, as a view that the next call may invalidate. */
  bytes(): Buffer {
    return this.writer.view()
  }

  /** Returns the encoded changes in memory of their own, and starts again. */
  take(): Uint8Array {
    const taken = this.writer.copy()
    this.writer.reset()
    return taken
  }

  /** Starts again. */
  reset(): void {
    this.writer.reset()
  }
}

/**
 * Appends one change to `writer`.
 *
 * @throws TypeError when a value is longer than the format can hold
 */
function encodeChange(writer: ByteWriter, change: RowChange): void {
  const start = writer.length
  writer.u32(0)
  encodeBody(writer, change)
  const bodyBytes = writer.length - start - FRAME_BYTES
  if (bodyBytes > BODY_BYTES_MAX) throw new TypeError('row change is too long')
  writer.patchU32(start, kindNumbers[change.kind] | (bodyBytes << 8))
}

function encodeBody(writer: ByteWriter, change: RowChange): void {
  switch (change.kind) {
    case 'inode':
      encodeInode(writer, change.row)
      break
    case 'inodeDelete':
      writer.u64(change.ino)
      break
    case 'dentry':
      writer.u64(change.parent)
      writer.u64(change.ino)
      writer.byteString(change.name)
      break
    case 'dentryDelete':
      writer.u64(change.parent)
      writer.byteString(change.name)
      break
    case 'xattr':
      writer.u64(change.row.ino)
      writer.byteString(change.row.name)
      writer.u32(change.row.value.length)
      writer.bytes(change.row.value)
      break
    case 'xattrDelete':
      writer.u64(change.ino)
      writer.byteString(change.name)
      break
    case 'extent':
      encodeExtent(writer, change.row)
      break
    case 'extentClear':
    case 'data':
      writer.u64(change.ino)
      writer.u64(change.offset)
      writer.u64(change.length)
      break
    case 'block':
      encodeBlock(writer, change.row)
      break
    case 'blockDelete':
      writer.u64(change.id)
      break
    case 'pack':
      encodePack(writer, change.row)
      break
    case 'packDelete':
      writer.u64(change.number)
      break
    case 'session':
      encodeSession(writer, change.row)
      break
  }
}

function encodeInode(writer: ByteWriter, row: Readonly<InodeRow>): void {
  writer.u64(row.ino)
  writer.u32(row.mode)
  writer.u32(row.uid)
  writer.u32(row.gid)
  writer.u32(row.nlink)
  writer.u32(row.rdev)
  writer.u64(row.size)
  writer.i64(row.atimeSec)
  writer.u32(row.atimeNsec)
  writer.i64(row.mtimeSec)
  writer.u32(row.mtimeNsec)
  writer.i64(row.ctimeSec)
  writer.u32(row.ctimeNsec)
  writer.i64(row.btimeSec)
  writer.u32(row.btimeNsec)
  writer.u64(row.parent)
  writer.byteString(row.target)
}

function encodeExtent(writer: ByteWriter, row: ExtentRow): void {
  writer.u64(row.ino)
  writer.u64(row.offset)
  writer.u64(row.length)
  writer.u64(row.block)
  writer.u64(row.blockOffset)
}

function encodeBlock(writer: ByteWriter, row: BlockRow): void {
  if (row.digest.length !== DIGEST_BYTES) throw new TypeError('digest has the wrong length')
  writer.u64(row.id)
  writer.bytes(row.digest)
  writer.u64(row.pack)
  writer.u32(row.record)
  writer.u32(row.offset)
  writer.u32(row.storedBytes)
  writer.u32(row.plainBytes)
  writer.u8(row.compressor)
}

function encodePack(writer: ByteWriter, row: PackRow): void {
  if (row.id.length !== PACK_ID_BYTES) throw new TypeError('pack id has the wrong length')
  writer.u64(row.number)
  writer.bytes(row.id)
  writer.u64(row.container)
  writer.u64(row.containerOffset)
  writer.u64(row.sizeBytes)
}

function encodeSession(writer: ByteWriter, row: SessionRow): void {
  writer.text(row.id)
  writer.text(row.host)
  writer.text(row.machine)
  writer.u64(row.pid)
  writer.u64(Math.floor(row.sinceMs))
  writer.u8(row.open ? 1 : 0)
}

/**
 * Yields the changes that `bytes` encode, in order. Values that are yielded share no memory with `bytes`.
 *
 * @throws StratusError `DATA_CORRUPT`, or `FORMAT_UNSUPPORTED` for a kind of a newer version
 */
export function* readChanges(bytes: Uint8Array): Generator<RowChange, void, undefined> {
  let at = 0
  while (at < bytes.length) {
    const frame = new ByteReader(bytes, WHAT, at)
    const word = frame.u32()
    const from = at + FRAME_BYTES
    const to = from + (word >>> 8)
    const reader = new ByteReader(bytes, WHAT, from, to)
    const change = decodeBody(reader, word & 0xff)
    reader.finish()
    yield change
    at = to
  }
}

function decodeBody(reader: ByteReader, kind: number): RowChange {
  switch (kind) {
    case kindNumbers.inode:
      return { kind: 'inode', row: decodeInode(reader) }
    case kindNumbers.inodeDelete:
      return { kind: 'inodeDelete', ino: reader.u64() }
    case kindNumbers.dentry: {
      const parent = reader.u64()
      const ino = reader.u64()
      return { kind: 'dentry', parent, name: reader.byteString(), ino }
    }
    case kindNumbers.dentryDelete:
      return { kind: 'dentryDelete', parent: reader.u64(), name: reader.byteString() }
    case kindNumbers.xattr: {
      const ino = reader.u64()
      const name = reader.byteString()
      return { kind: 'xattr', row: { ino, name, value: reader.bytes(reader.u32()) } }
    }
    case kindNumbers.xattrDelete:
      return { kind: 'xattrDelete', ino: reader.u64(), name: reader.byteString() }
    case kindNumbers.extent:
      return { kind: 'extent', row: decodeExtent(reader) }
    case kindNumbers.extentClear:
      return {
        kind: 'extentClear',
        ino: reader.u64(),
        offset: reader.u64(),
        length: reader.u64(),
      }
    case kindNumbers.block:
      return { kind: 'block', row: decodeBlock(reader) }
    case kindNumbers.blockDelete:
      return { kind: 'blockDelete', id: reader.u64() }
    case kindNumbers.pack:
      return { kind: 'pack', row: decodePack(reader) }
    case kindNumbers.packDelete:
      return { kind: 'packDelete', number: reader.u64() }
    case kindNumbers.session:
      return { kind: 'session', row: decodeSession(reader) }
    case kindNumbers.data:
      return { kind: 'data', ino: reader.u64(), offset: reader.u64(), length: reader.u64() }
    default:
      throw unknownFormat('row change is of an unknown kind', { kind })
  }
}

function decodeInode(reader: ByteReader): InodeRow {
  return {
    ino: reader.u64(),
    mode: reader.u32(),
    uid: reader.u32(),
    gid: reader.u32(),
    nlink: reader.u32(),
    rdev: reader.u32(),
    size: reader.u64(),
    atimeSec: reader.i64(),
    atimeNsec: decodeNanoseconds(reader),
    mtimeSec: reader.i64(),
    mtimeNsec: decodeNanoseconds(reader),
    ctimeSec: reader.i64(),
    ctimeNsec: decodeNanoseconds(reader),
    btimeSec: reader.i64(),
    btimeNsec: decodeNanoseconds(reader),
    parent: reader.u64(),
    target: reader.byteString(),
  }
}

function decodeNanoseconds(reader: ByteReader): number {
  const value = reader.u32()
  if (value > NANOSECONDS_MAX) throw damaged('row change holds a number out of range')
  return value
}

function decodeExtent(reader: ByteReader): ExtentRow {
  return {
    ino: reader.u64(),
    offset: reader.u64(),
    length: reader.u64(),
    block: reader.u64(),
    blockOffset: reader.u64(),
  }
}

function decodeBlock(reader: ByteReader): BlockRow {
  return {
    id: reader.u64(),
    digest: reader.bytes(DIGEST_BYTES),
    pack: reader.u64(),
    record: reader.u32(),
    offset: reader.u32(),
    storedBytes: reader.u32(),
    plainBytes: reader.u32(),
    compressor: reader.u8(),
  }
}

function decodePack(reader: ByteReader): PackRow {
  return {
    number: reader.u64(),
    id: reader.bytes(PACK_ID_BYTES),
    container: reader.u64(),
    containerOffset: reader.u64(),
    sizeBytes: reader.u64(),
  }
}

function decodeSession(reader: ByteReader): SessionRow {
  const id = reader.text()
  const host = reader.text()
  const machine = reader.text()
  const pid = reader.u64()
  const sinceMs = reader.u64()
  const open = reader.u8()
  if (open > 1) throw damaged('row change holds a number out of range')
  return { id, host, machine, pid, sinceMs, open: open === 1 }
}
