/**
 * The superblock: what `mkfs` fixed, and the key slots.
 *
 * A checksum finds damage before a passphrase is asked for; a MAC under a key from the master key proves
 * that nobody else wrote it. Byte tables are in `docs/format/superblock.md`.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { StratusError } from '../core/index.ts'
import { ByteReader, decodeUtf8 } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { damaged, unknownFormat } from './damage.ts'
import {
  createKeySlot,
  decodeKeySlot,
  encodeKeySlot,
  type KeySlot,
  type KeySlotKind,
  openKeySlot,
  SCRYPT_COST_DEFAULT,
  type ScryptCost,
  SLOT_SALT_BYTES,
} from './key-slot.ts'
import { derivePlainMasterKey, deriveSuperblockKey, KEY_BYTES } from './keys.ts'
import { FS_ID_BYTES } from './sealing.ts'

/** Version of the format that this code writes. */
export const FORMAT_VERSION = 1

/** Format id of the cipher of a plain file system. */
export const CIPHER_NONE = 0

/** Most slots a superblock has. */
export const KEY_SLOTS_MAX = 16

const MAGIC = Buffer.from('STRATSUP', 'latin1')
const HASH_BYTES = 32
const WHAT = 'superblock'

/** A value of JSON. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue }

/** What `mkfs` fixes for the life of a file system. All of it can be read without a passphrase. */
export interface SuperblockParameters {
  /** Random 128-bit id of the file system, 16 bytes. */
  readonly fsId: Uint8Array
  /** When it was made, milliseconds since 1970; whole ones are stored. */
  readonly createdMs: number
  /** Name for people. */
  readonly label: string
  /** {@link Cipher.formatId} of the cipher; {@link CIPHER_NONE} for a plain file system. */
  readonly cipher: number
  /** How file data are cut into blocks. */
  readonly splitter: { readonly id: string; readonly options: JsonValue }
  /** Owner of the root directory as `mkfs` made it. */
  readonly rootUid: number
  readonly rootGid: number
  readonly rootMode: number
  /** Version of the format of all objects. */
  readonly formatVersion: number
}

/** A decoded superblock. Proven only once it is unlocked. */
export interface Superblock {
  readonly parameters: SuperblockParameters
  /** The key slots; none for a plain file system. */
  readonly slots: readonly KeySlot[]
  /** The superblock as it was read. */
  readonly bytes: Uint8Array
}

/** Supplies unpredictable bytes. */
export type RandomBytes = (count: number) => Uint8Array

/**
 * Makes a superblock and the master key of a new file system.
 *
 * @param passphrase - undefined for a plain file system, and only for one
 * @throws StratusError `PASSPHRASE_MISSING`, `OPTIONS_INVALID`
 */
export function createSuperblock(
  parameters: SuperblockParameters,
  passphrase: Uint8Array | undefined,
  random: RandomBytes,
  cost: ScryptCost = SCRYPT_COST_DEFAULT,
): { readonly bytes: Uint8Array; readonly masterKey: Uint8Array } {
  const { fsId } = parameters
  if (parameters.cipher === CIPHER_NONE) {
    if (passphrase !== undefined) {
      throw new StratusError('OPTIONS_INVALID', 'plain file system takes no passphrase')
    }
    const masterKey = derivePlainMasterKey(fsId)
    return { bytes: encodeSuperblock(parameters, [], masterKey), masterKey }
  }
  if (passphrase === undefined) throw passphraseMissing()
  const masterKey = random(KEY_BYTES)
  const slot = createKeySlot(masterKey, passphrase, random(SLOT_SALT_BYTES), {
    fsId,
    kind: 'passphrase',
    cost,
  })
  return { bytes: encodeSuperblock(parameters, [slot], masterKey), masterKey }
}

/**
 * Returns the superblock with one more slot.
 *
 * @throws StratusError `OPTIONS_INVALID` when it is plain or has no room
 */
export function addSlot(
  superblock: Superblock,
  masterKey: Uint8Array,
  passphrase: Uint8Array,
  random: RandomBytes,
  options: { readonly kind?: KeySlotKind; readonly cost?: ScryptCost } = {},
): Uint8Array {
  const { parameters, slots } = superblock
  if (parameters.cipher === CIPHER_NONE) {
    throw new StratusError('OPTIONS_INVALID', 'plain file system takes no passphrase')
  }
  if (slots.length >= KEY_SLOTS_MAX) {
    throw new StratusError('OPTIONS_INVALID', 'all key slots are taken')
  }
  const slot = createKeySlot(masterKey, passphrase, random(SLOT_SALT_BYTES), {
    fsId: parameters.fsId,
    kind: options.kind ?? 'passphrase',
    cost: options.cost ?? SCRYPT_COST_DEFAULT,
  })
  return encodeSuperblock(parameters, [...slots, slot], masterKey)
}

/**
 * Returns the superblock without slot `index`.
 *
 * @throws StratusError `OPTIONS_INVALID` when it is the last one or does not exist
 */
export function removeSlot(
  superblock: Superblock,
  masterKey: Uint8Array,
  index: number,
): Uint8Array {
  const rest = superblock.slots.filter((_, at) => at !== index)
  if (rest.length === superblock.slots.length || rest.length === 0) {
    throw new StratusError('OPTIONS_INVALID', 'key slot cannot be removed', { details: { index } })
  }
  return encodeSuperblock(superblock.parameters, rest, masterKey)
}

function encodeSuperblock(
  parameters: SuperblockParameters,
  slots: readonly KeySlot[],
  masterKey: Uint8Array,
): Uint8Array {
  const body = encodeBody(parameters, slots)
  const mac = superblockMac(body, masterKey)
  const checksum = createHash('sha256').update(body).update(mac).digest()
  return new Uint8Array(Buffer.concat([body, mac, checksum]))
}

function encodeBody(parameters: SuperblockParameters, slots: readonly KeySlot[]): Uint8Array {
  if (parameters.fsId.length !== FS_ID_BYTES) {
    throw new TypeError('file-system id has the wrong length')
  }
  const writer = new ByteWriter()
  writer.bytes(MAGIC)
  writer.u16(parameters.formatVersion)
  writer.u8(parameters.cipher)
  writer.u8(slots.length)
  writer.u32(0)
  writer.bytes(parameters.fsId)
  writer.u64(Math.floor(parameters.createdMs))
  writer.u32(parameters.rootUid)
  writer.u32(parameters.rootGid)
  writer.u32(parameters.rootMode)
  writer.text(parameters.label)
  writer.text(parameters.splitter.id)
  const options = Buffer.from(JSON.stringify(parameters.splitter.options), 'utf8')
  writer.u32(options.length)
  writer.bytes(options)
  for (const slot of slots) encodeKeySlot(writer, slot)
  return writer.copy()
}

function superblockMac(body: Uint8Array, masterKey: Uint8Array): Uint8Array {
  return createHmac('sha256', deriveSuperblockKey(masterKey)).update(body).digest()
}

/**
 * Reads a superblock.
 *
 * @throws StratusError `DATA_CORRUPT`, `FORMAT_UNSUPPORTED`
 */
export function decodeSuperblock(bytes: Uint8Array): Superblock {
  const reader = new ByteReader(bytes, WHAT)
  if (!MAGIC.equals(reader.view(MAGIC.length))) {
    throw damaged('superblock does not start with its magic')
  }
  const formatVersion = reader.u16()
  if (formatVersion !== FORMAT_VERSION) {
    throw unknownFormat('file system has an unknown format version', { formatVersion })
  }
  const macAt = bytes.length - 2 * HASH_BYTES
  if (macAt < reader.position) throw damaged('superblock is cut short')
  const checksum = createHash('sha256')
    .update(bytes.subarray(0, macAt + HASH_BYTES))
    .digest()
  if (!checksum.equals(bytes.subarray(macAt + HASH_BYTES))) {
    throw damaged('superblock fails its checksum')
  }
  const body = new ByteReader(bytes, WHAT, reader.position, macAt)
  const { parameters, slots } = decodeBody(body, formatVersion)
  return { parameters, slots, bytes: new Uint8Array(bytes) }
}

function decodeBody(
  reader: ByteReader,
  formatVersion: number,
): { parameters: SuperblockParameters; slots: KeySlot[] } {
  const cipher = reader.u8()
  const slotCount = reader.u8()
  if (reader.u32() !== 0) throw unknownFormat('file system uses unknown features')
  const fsId = reader.bytes(FS_ID_BYTES)
  const createdMs = reader.u64()
  const rootUid = reader.u32()
  const rootGid = reader.u32()
  const rootMode = reader.u32()
  const label = reader.text()
  const splitterId = reader.text()
  const options = decodeJson(reader.view(reader.u32()))
  if (slotCount > KEY_SLOTS_MAX || (slotCount === 0) !== (cipher === CIPHER_NONE)) {
    throw damaged('superblock has an impossible number of key slots')
  }
  const slots = Array.from({ length: slotCount }, () => decodeKeySlot(reader))
  reader.finish()
  const splitter = { id: splitterId, options }
  const root = { rootUid, rootGid, rootMode }
  const parameters = { fsId, createdMs, label, cipher, splitter, ...root, formatVersion }
  return { parameters, slots }
}

function decodeJson(bytes: Uint8Array): JsonValue {
  const text = decodeUtf8(bytes, WHAT)
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    throw damaged('superblock holds invalid options')
  }
}

/** A slot that a passphrase opens, and what is in it. */
export interface OpenedSlot {
  /** Place of the slot in {@link Superblock.slots}. */
  readonly index: number
  readonly masterKey: Uint8Array
}

/** Returns the first slot that `passphrase` opens. Takes as long as scrypt does, for each slot tried. */
export function findSlot(superblock: Superblock, passphrase: Uint8Array): OpenedSlot | undefined {
  for (const [index, slot] of superblock.slots.entries()) {
    const masterKey = openKeySlot(slot, passphrase, superblock.parameters.fsId)
    if (masterKey !== undefined) return { index, masterKey }
  }
  return undefined
}

/**
 * Returns the master key, and proves that the superblock is as somebody with that key wrote it.
 *
 * @param passphrase - undefined when the user expects a plain file system. Whoever has a passphrase is
 *   refused a plain one: it may have been put in the place of theirs, to make them write in clear
 * @throws StratusError `PASSPHRASE_MISSING`, `PASSPHRASE_WRONG`, `OPTIONS_INVALID`, `DATA_CORRUPT`
 */
export function unlockSuperblock(
  superblock: Superblock,
  passphrase: Uint8Array | undefined,
): Uint8Array {
  const masterKey = findMasterKey(superblock, passphrase)
  verifySuperblock(superblock, masterKey)
  return masterKey
}

/**
 * Proves that the superblock is as somebody with the master key wrote it.
 *
 * @throws StratusError `DATA_CORRUPT`
 */
export function verifySuperblock({ bytes }: Superblock, masterKey: Uint8Array): void {
  const macAt = bytes.length - 2 * HASH_BYTES
  const mac = superblockMac(bytes.subarray(0, macAt), masterKey)
  if (!timingSafeEqual(mac, bytes.subarray(macAt, macAt + HASH_BYTES))) {
    throw damaged('superblock was changed by somebody without its key')
  }
}

function findMasterKey(superblock: Superblock, passphrase: Uint8Array | undefined): Uint8Array {
  if (superblock.parameters.cipher === CIPHER_NONE) {
    if (passphrase !== undefined) {
      throw new StratusError('OPTIONS_INVALID', 'plain file system takes no passphrase')
    }
    return derivePlainMasterKey(superblock.parameters.fsId)
  }
  if (passphrase === undefined) throw passphraseMissing()
  const opened = findSlot(superblock, passphrase)
  if (opened === undefined) throw new StratusError('PASSPHRASE_WRONG', 'passphrase is wrong')
  return opened.masterKey
}

function passphraseMissing(): StratusError {
  return new StratusError('PASSPHRASE_MISSING', 'passphrase is missing')
}
