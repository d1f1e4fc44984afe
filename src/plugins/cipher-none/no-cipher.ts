import { createHash } from 'node:crypto'
import type { Cipher, SealParameters } from '../../core/cipher.ts'
import { StratusError } from '../../core/errors.ts'

/** Bytes of the checksum: as many as the tag of the ciphers that do keep a secret. */
const CHECKSUM_BYTES = 16

/**
 * Stores the plaintext, followed by a checksum.
 *
 * The checksum is the first 16 bytes of SHA-256 over the nonce, the length of the associated data
 * (u32, little-endian), the associated data and the plaintext. It detects damage and mixed-up records.
 * It stops nobody who alters data on purpose, because no key goes into it.
 */
export class NoCipher implements Cipher {
  readonly formatId = 0
  readonly secret = false
  readonly overheadBytes = CHECKSUM_BYTES

  seal(
    parameters: SealParameters,
    plain: Uint8Array,
    target: Uint8Array,
    targetOffset: number,
  ): number {
    target.set(plain, targetOffset)
    target.set(checksum(parameters, plain), targetOffset + plain.length)
    return plain.length + CHECKSUM_BYTES
  }

  open(parameters: SealParameters, sealed: Uint8Array): Uint8Array {
    const plainBytes = sealed.length - CHECKSUM_BYTES
    if (plainBytes >= 0) {
      const plain = new Uint8Array(sealed.subarray(0, plainBytes))
      if (Buffer.compare(checksum(parameters, plain), sealed.subarray(plainBytes)) === 0)
        return plain
    }
    throw new StratusError('DATA_CORRUPT', 'record has the wrong checksum', {
      details: { sealedBytes: sealed.length },
    })
  }
}

function checksum({ nonce, associatedData }: SealParameters, plain: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(associatedData.length)
  const hash = createHash('sha256').update(nonce).update(length).update(associatedData)
  return hash.update(plain).digest().subarray(0, CHECKSUM_BYTES)
}
