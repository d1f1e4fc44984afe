/**
 * The rules that all sealed objects share: a header in clear, then sealed records.
 *
 * The key of an object follows from the master key and the object's random id, the nonce of a record is
 * its number, and the associated data name file system, kind, object, record, version and cipher. So no
 * nonce repeats and nothing can be put in another's place, as long as no id is used for two contents.
 * Byte tables are in `docs/format/sealing.md`.
 */
import { CIPHER_NONCE_BYTES, type Cipher, type SealParameters } from '../core/index.ts'
import { ByteReader } from './byte-reader.ts'
import { storeU32 } from './byte-writer.ts'
import { damaged, unknownFormat } from './damage.ts'
import { deriveObjectKey, type KeyedKind } from './keys.ts'

/** Size of an object's id, bytes. */
export const OBJECT_ID_BYTES = 16

/** Size of the id of a file system, bytes. */
export const FS_ID_BYTES = 16

/** Size of the header of a sealed object, bytes. */
export const OBJECT_HEADER_BYTES = 32

/** Number of the record at an object's end that says where the others are. */
export const TRAILER_RECORD = 0xffff_ffff

/** Number of the record that lists the blocks of a pack. */
export const INDEX_RECORD = 0xffff_fffe

/** Kinds of sealed object. */
export type ObjectKind = 'pack' | 'log' | 'checkpoint-part' | 'checkpoint-manifest'

/** What all sealed objects of one file system have in common. */
export interface SealingContext {
  /** Id of the file system, {@link FS_ID_BYTES} bytes. */
  readonly fsId: Uint8Array
  readonly masterKey: Uint8Array
  readonly cipher: Cipher
}

const OBJECT_MAGIC = Buffer.from('STRATOBJ', 'latin1')
const OBJECT_VERSION = 1
const ASSOCIATED_DATA_BYTES = 40

const kindNumbers = {
  pack: 1,
  log: 2,
  'checkpoint-part': 3,
  'checkpoint-manifest': 4,
} as const satisfies Record<ObjectKind, number>

const keyedKinds = {
  pack: 'pack',
  log: 'log',
  'checkpoint-part': 'checkpoint',
  'checkpoint-manifest': 'checkpoint',
} as const satisfies Record<ObjectKind, KeyedKind>

/**
 * Seals and opens the records of one object. Keeps its own copies of keys and ids; one call at a time.
 */
export class ObjectSealer {
  private readonly cipher: Cipher
  private readonly kind: ObjectKind
  private readonly id: Uint8Array
  private readonly nonce = Buffer.alloc(CIPHER_NONCE_BYTES)
  private readonly associatedData = Buffer.alloc(ASSOCIATED_DATA_BYTES)
  private readonly parameters: SealParameters

  constructor(context: SealingContext, kind: ObjectKind, id: Uint8Array) {
    if (context.fsId.length !== FS_ID_BYTES)
      throw new TypeError('file-system id has the wrong length')
    if (id.length !== OBJECT_ID_BYTES) throw new TypeError('object id has the wrong length')
    this.cipher = context.cipher
    this.kind = kind
    this.id = new Uint8Array(id)
    this.associatedData.set(context.fsId, 0)
    this.associatedData.set(id, 16)
    this.associatedData[36] = OBJECT_VERSION
    this.associatedData[38] = kindNumbers[kind]
    this.associatedData[39] = context.cipher.formatId
    this.parameters = {
      key: deriveObjectKey(context.masterKey, keyedKinds[kind], id),
      nonce: this.nonce,
      associatedData: this.associatedData,
    }
  }

  /** Bytes a sealed record has more than its plaintext. */
  get overheadBytes(): number {
    return this.cipher.overheadBytes
  }

  /** Writes the object's header to `target` at `at`. */
  writeHeader(target: Uint8Array, at: number): void {
    target.fill(0, at, at + OBJECT_HEADER_BYTES)
    target.set(OBJECT_MAGIC, at)
    target[at + 8] = OBJECT_VERSION
    target[at + 10] = kindNumbers[this.kind]
    target[at + 11] = this.cipher.formatId
    target.set(this.id, at + 16)
  }

  /**
   * Writes the sealed form of `plain` to `target` at `at`.
   *
   * @returns its size, bytes
   */
  seal(record: number, plain: Uint8Array, target: Uint8Array, at: number): number {
    this.select(record)
    return this.cipher.seal(this.parameters, plain, target, at)
  }

  /**
   * Returns the plaintext of a record.
   *
   * @throws StratusError `DATA_CORRUPT`
   */
  open(record: number, sealed: Uint8Array): Uint8Array {
    if (sealed.length < this.cipher.overheadBytes) {
      throw damaged('sealed record is cut short', { record })
    }
    this.select(record)
    return this.cipher.open(this.parameters, sealed)
  }

  private select(record: number): void {
    storeU32(this.nonce, 0, record)
    storeU32(this.associatedData, 32, record)
  }
}

/** What the header of a sealed object says. */
interface ObjectHeader {
  readonly kind: ObjectKind
  /** {@link Cipher.formatId} of the cipher. */
  readonly cipher: number
  /** The object's id, {@link OBJECT_ID_BYTES} bytes. */
  readonly id: Uint8Array
}

/**
 * Reads the header of a sealed object. What it says is proven only by opening a record.
 *
 * @throws StratusError `DATA_CORRUPT`, `FORMAT_UNSUPPORTED`
 */
function decodeObjectHeader(bytes: Uint8Array): ObjectHeader {
  const reader = new ByteReader(bytes, 'object')
  if (!OBJECT_MAGIC.equals(reader.view(OBJECT_MAGIC.length))) {
    throw damaged('object does not start with its magic')
  }
  const version = reader.u16()
  if (version !== OBJECT_VERSION)
    throw unknownFormat('object is of an unknown version', { version })
  const kindNumber = reader.u8()
  const cipher = reader.u8()
  const zero = reader.u32()
  const id = reader.bytes(OBJECT_ID_BYTES)
  const kind = Object.entries(kindNumbers).find(([, number]) => number === kindNumber)?.[0]
  if (kind === undefined || zero !== 0) throw damaged('object header is damaged')
  return { kind: kind as ObjectKind, cipher, id }
}

/**
 * Checks that `bytes` start with the header of a `kind` of this file system's cipher.
 *
 * @returns the object's id and the sealer that opens its records
 * @throws StratusError `DATA_CORRUPT`, `FORMAT_UNSUPPORTED`
 */
export function openObject(
  context: SealingContext,
  kind: ObjectKind,
  bytes: Uint8Array,
): { readonly id: Uint8Array; readonly sealer: ObjectSealer } {
  const header = decodeObjectHeader(bytes)
  if (header.kind !== kind) {
    throw damaged('object is of another kind', { expected: kind, found: header.kind })
  }
  if (header.cipher !== context.cipher.formatId) {
    throw damaged('object is sealed with another cipher', { found: header.cipher })
  }
  return { id: header.id, sealer: new ObjectSealer(context, kind, header.id) }
}
