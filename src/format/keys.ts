/** Keys: one master key, and one key derived from it for each purpose and each object. */
import { createHash, createHmac, hkdfSync } from 'node:crypto'

/** Size of the master key and of every derived key, bytes. */
export const KEY_BYTES = 32

/** Kinds of object that have a key of their own. */
export type KeyedKind = 'pack' | 'log' | 'checkpoint'

const NO_SALT = new Uint8Array(0)

/**
 * Derives a key by HKDF with SHA-256.
 *
 * Krawczyk and Eronen, "HMAC-based Extract-and-Expand Key Derivation Function (HKDF)", RFC 5869.
 */
function derive(secret: Uint8Array, salt: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, `stratus/1/${purpose}`, KEY_BYTES))
}

/**
 * Key that seals the records of one object.
 *
 * @param objectId - random 128-bit id of the object; never used for two contents
 */
export function deriveObjectKey(
  master: Uint8Array,
  kind: KeyedKind,
  objectId: Uint8Array,
): Uint8Array {
  return derive(master, objectId, kind)
}

/** Key of {@link digest}. */
export function deriveDigestKey(master: Uint8Array): Uint8Array {
  return derive(master, NO_SALT, 'digest')
}

/** Key that authenticates the superblock. */
export function deriveSuperblockKey(master: Uint8Array): Uint8Array {
  return derive(master, NO_SALT, 'superblock')
}

/** Seed of content-defined splitters, so that the sizes of blocks say nothing about known content. */
export function deriveSplitterKey(master: Uint8Array): Uint8Array {
  return derive(master, NO_SALT, 'splitter')
}

/**
 * Master key of a plain file system. Everybody can compute it: it protects nothing and lets plain and
 * encrypted file systems share one format.
 */
export function derivePlainMasterKey(fsId: Uint8Array): Uint8Array {
  return derive(fsId, NO_SALT, 'plain')
}

/** Digest of a block: HMAC-SHA-256 of its plaintext, so that nobody without the key can test for content. */
export function digest(digestKey: Uint8Array, plain: Uint8Array): Uint8Array {
  return createHmac('sha256', digestKey).update(plain).digest()
}

/** SHA-256 of `bytes`, hexadecimal. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
