/** Key slots: the master key, wrapped under a key that a passphrase gives. */
import { createCipheriv, createDecipheriv, scryptSync } from 'node:crypto'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { damaged } from './damage.ts'
import { KEY_BYTES } from './keys.ts'

/**
 * Cost of scrypt. Percival, "Stronger Key Derivation via Sequential Memory-Hard Functions", 2009;
 * RFC 7914.
 */
export interface ScryptCost {
  /** Binary logarithm of the cost N. */
  readonly logN: number
  /** Block size. */
  readonly r: number
  /** Parallelisation. */
  readonly p: number
}

/** 128 MiB and about half a second: N = 2^17 and r = 8 are what OWASP asks for at least. */
export const SCRYPT_COST_DEFAULT: ScryptCost = { logN: 17, r: 8, p: 1 }

/**
 * Most memory a stored cost may ask for, bytes. The superblock is not proven before a slot is open, so
 * whoever can write it could otherwise make a mount allocate at will.
 */
const SCRYPT_BYTES_MAX = 1024 * 1024 * 1024

/** Most rounds over that memory a stored cost may ask for. */
const SCRYPT_P_MAX = 16

/** What opens a slot. */
export type KeySlotKind = 'passphrase' | 'recovery'

/** One wrapped copy of the master key. */
export interface KeySlot {
  readonly kind: KeySlotKind
  readonly cost: ScryptCost
  /** Random, {@link SLOT_SALT_BYTES} bytes. */
  readonly salt: Uint8Array
  /** The master key under AES-256-GCM, with its tag. */
  readonly wrapped: Uint8Array
}

/** Size of a slot's salt, bytes. */
export const SLOT_SALT_BYTES = 32

const TAG_BYTES = 16
const ALGORITHM = 'aes-256-gcm'
/** Each wrapping key is used once, since its salt is random: so one nonce will do. */
const NONCE = new Uint8Array(12)

const kindNumbers = { passphrase: 1, recovery: 2 } as const satisfies Record<KeySlotKind, number>

/** Wraps `masterKey` under `passphrase`. */
export function createKeySlot(
  masterKey: Uint8Array,
  passphrase: Uint8Array,
  salt: Uint8Array,
  options: {
    readonly fsId: Uint8Array
    readonly kind: KeySlotKind
    readonly cost: ScryptCost
  },
): KeySlot {
  const { kind, cost } = options
  if (!isAcceptable(cost)) throw new TypeError('scrypt cost is out of bounds')
  const cipher = createCipheriv(ALGORITHM, wrappingKey(passphrase, salt, cost), NONCE)
  cipher.setAAD(options.fsId)
  const body = cipher.update(masterKey)
  cipher.final()
  return { kind, cost, salt, wrapped: Buffer.concat([body, cipher.getAuthTag()]) }
}

/** Returns the master key, or undefined when the passphrase is not the slot's. */
export function openKeySlot(
  slot: KeySlot,
  passphrase: Uint8Array,
  fsId: Uint8Array,
): Uint8Array | undefined {
  const key = wrappingKey(passphrase, slot.salt, slot.cost)
  const decipher = createDecipheriv(ALGORITHM, key, NONCE, { authTagLength: TAG_BYTES })
  decipher.setAAD(fsId)
  decipher.setAuthTag(slot.wrapped.subarray(KEY_BYTES))
  const masterKey = decipher.update(slot.wrapped.subarray(0, KEY_BYTES))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return new Uint8Array(masterKey)
}

function wrappingKey(passphrase: Uint8Array, salt: Uint8Array, cost: ScryptCost): Buffer {
  return scryptSync(passphrase, salt, KEY_BYTES, {
    N: 2 ** cost.logN,
    r: cost.r,
    p: cost.p,
    maxmem: 2 * SCRYPT_BYTES_MAX,
  })
}

function isAcceptable({ logN, r, p }: ScryptCost): boolean {
  const withinMemory = r >= 1 && logN >= 1 && 128 * r * 2 ** logN <= SCRYPT_BYTES_MAX
  return withinMemory && p >= 1 && p <= SCRYPT_P_MAX
}

/** Appends a slot. */
export function encodeKeySlot(writer: ByteWriter, slot: KeySlot): void {
  writer.u8(kindNumbers[slot.kind])
  writer.u8(slot.cost.logN)
  writer.u8(slot.cost.r)
  writer.u8(slot.cost.p)
  writer.bytes(slot.salt)
  writer.bytes(slot.wrapped)
}

/**
 * Reads a slot.
 *
 * @throws StratusError `DATA_CORRUPT`, also for a cost that is out of bounds
 */
export function decodeKeySlot(reader: ByteReader): KeySlot {
  const kindNumber = reader.u8()
  const cost = { logN: reader.u8(), r: reader.u8(), p: reader.u8() }
  const salt = reader.bytes(SLOT_SALT_BYTES)
  const wrapped = reader.bytes(KEY_BYTES + TAG_BYTES)
  if (!isAcceptable(cost)) throw damaged('key slot asks for too much memory or time')
  const kind = Object.entries(kindNumbers).find(([, number]) => number === kindNumber)?.[0]
  if (kind === undefined) throw damaged('key slot is of an unknown kind')
  return { kind: kind as KeySlotKind, cost, salt, wrapped }
}
