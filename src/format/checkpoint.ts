/**
 * Checkpoints: the whole view at one commit, as parts, and a manifest that is put last and names them.
 *
 * Parts of two attempts at one checkpoint may cut the view differently, so the manifest says which
 * object each part is, not only how many there are. Byte tables are in `docs/format/checkpoint.md`.
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
  OBJECT_ID_BYTES,
  type ObjectKind,
  ObjectSealer,
  openObject,
  type SealingContext,
} from './sealing.ts'

const CONTENT_RECORD = 0
const HASH_BYTES = 32
const PART_HEAD_BYTES = 12
const ENTRY_BYTES = OBJECT_ID_BYTES + HASH_BYTES + 8

/** One part, as the manifest names it. */
export interface CheckpointPartEntry {
  /** Id of the sealed object, 16 bytes. */
  readonly id: Uint8Array
  /** SHA-256 of the sealed object, hexadecimal. */
  readonly hash: string
  /** Size of the sealed object, bytes. */
  readonly sizeBytes: number
}

/** Names everything a checkpoint consists of. */
export interface CheckpointManifest {
  /** The commit whose view it holds. */
  readonly sequence: Sequence
  /** SHA-256 of that commit's log object, hexadecimal. */
  readonly hash: string
  /** When, milliseconds since 1970; whole ones are stored. */
  readonly createdMs: number
  /** The parts, in order: part n is at index n. */
  readonly parts: readonly CheckpointPartEntry[]
}

/** What goes into a checkpoint part. */
export interface CheckpointPart {
  /** Fresh random id; never used for two contents. */
  readonly id: Uint8Array
  readonly sequence: Sequence
  /** Number of the part, from 0. */
  readonly part: number
  /** Encoded changes. */
  readonly changes: Uint8Array
}

/** Returns one part, and what the manifest says about it. */
export function sealCheckpointPart(
  context: SealingContext,
  content: CheckpointPart,
): { readonly object: Uint8Array; readonly entry: CheckpointPartEntry } {
  const packed = packChanges(content.changes)
  const plain = new ByteWriter(
    PART_HEAD_BYTES + PACKED_CHANGES_HEAD_BYTES + paddedBytes(packed.bytes.length),
  )
  plain.u64(content.sequence)
  plain.u32(content.part)
  writePackedChanges(plain, packed)
  const object = sealWhole(context, 'checkpoint-part', content.id, plain)
  const entry = { id: content.id, hash: sha256Hex(object), sizeBytes: object.length }
  return { object, entry }
}

/**
 * Opens a checkpoint part.
 *
 * @param expected - the part it was read as, with the manifest's entry if that is known
 * @returns the encoded changes, owned by the caller
 * @throws StratusError `DATA_CORRUPT`, `FORMAT_UNSUPPORTED`
 */
export function openCheckpointPart(
  context: SealingContext,
  bytes: Uint8Array,
  expected: {
    readonly sequence: Sequence
    readonly part: number
    readonly entry?: CheckpointPartEntry | undefined
  },
): Uint8Array {
  if (expected.entry !== undefined && sha256Hex(bytes) !== expected.entry.hash) {
    throw damaged('checkpoint part is not the one its manifest names')
  }
  const reader = openWhole(context, 'checkpoint-part', bytes)
  if (reader.u64() !== expected.sequence || reader.u32() !== expected.part) {
    throw damaged('checkpoint part is another one')
  }
  return readPackedChanges(reader)
}

/** Returns the manifest as an object, under a fresh random id. */
export function sealCheckpointManifest(
  context: SealingContext,
  id: Uint8Array,
  manifest: CheckpointManifest,
): Uint8Array {
  const plain = new ByteWriter(64 + manifest.parts.length * ENTRY_BYTES)
  plain.u64(manifest.sequence)
  writeHash(plain, manifest.hash)
  plain.u64(Math.floor(manifest.createdMs))
  plain.u32(manifest.parts.length)
  for (const part of manifest.parts) {
    plain.bytes(part.id)
    writeHash(plain, part.hash)
    plain.u64(part.sizeBytes)
  }
  return sealWhole(context, 'checkpoint-manifest', id, plain)
}

/**
 * Opens a manifest.
 *
 * @param expected - sequence the object was read under
 * @throws StratusError `DATA_CORRUPT`, `FORMAT_UNSUPPORTED`
 */
export function openCheckpointManifest(
  context: SealingContext,
  bytes: Uint8Array,
  expected: Sequence,
): CheckpointManifest {
  const reader = openWhole(context, 'checkpoint-manifest', bytes)
  const sequence = reader.u64()
  if (sequence !== expected) throw damaged('checkpoint manifest is of another commit')
  const hash = readHash(reader)
  const createdMs = reader.u64()
  const count = reader.u32()
  if (count * ENTRY_BYTES > reader.remaining) throw damaged('checkpoint manifest is cut short')
  const parts: CheckpointPartEntry[] = []
  for (let part = 0; part < count; part += 1) {
    const id = reader.bytes(OBJECT_ID_BYTES)
    parts.push({ id, hash: readHash(reader), sizeBytes: reader.u64() })
  }
  return { sequence, hash, createdMs, parts }
}

/** Seals `plain`, padded, as the only record of an object. */
function sealWhole(
  context: SealingContext,
  kind: ObjectKind,
  id: Uint8Array,
  plain: ByteWriter,
): Uint8Array {
  const sealer = new ObjectSealer(context, kind, id)
  const fixedBytes = OBJECT_HEADER_BYTES + sealer.overheadBytes
  const object = Buffer.allocUnsafeSlow(paddedBytes(fixedBytes + plain.length))
  plain.zeros(object.length - fixedBytes - plain.length)
  sealer.writeHeader(object, 0)
  sealer.seal(CONTENT_RECORD, plain.view(), object, OBJECT_HEADER_BYTES)
  return object
}

function openWhole(context: SealingContext, kind: ObjectKind, bytes: Uint8Array): ByteReader {
  const { sealer } = openObject(context, kind, bytes)
  const plain = sealer.open(CONTENT_RECORD, bytes.subarray(OBJECT_HEADER_BYTES))
  return new ByteReader(plain, kind.replace('-', ' '))
}

function writeHash(writer: ByteWriter, hash: string): void {
  const bytes = Buffer.from(hash, 'hex')
  if (bytes.length !== HASH_BYTES) throw new TypeError('hash has the wrong length')
  writer.bytes(bytes)
}

function readHash(reader: ByteReader): string {
  return Buffer.from(reader.view(HASH_BYTES)).toString('hex')
}
