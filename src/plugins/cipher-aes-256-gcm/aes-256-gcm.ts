import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Cipher, SealParameters } from '../../core/cipher.ts'
import { StratusError } from '../../core/errors.ts'

const ALGORITHM = 'aes-256-gcm'

/** Bytes of the tag: the full length. Shorter ones weaken GCM more than in proportion. */
const TAG_BYTES = 16

/** AES-256 in Galois/Counter Mode (NIST SP 800-38D). A record is the ciphertext and then the tag. */
export class Aes256Gcm implements Cipher {
  readonly formatId = 1
  readonly secret = true
  readonly overheadBytes = TAG_BYTES

  seal(
    parameters: SealParameters,
    plain: Uint8Array,
    target: Uint8Array,
    targetOffset: number,
  ): number {
    const cipher = createCipheriv(ALGORITHM, parameters.key, parameters.nonce, {
      authTagLength: TAG_BYTES,
    })
    cipher.setAAD(parameters.associatedData)
    // Node's ciphers write to a buffer of their own, so this copy is the only one there can be.
    target.set(cipher.update(plain), targetOffset)
    cipher.final()
    target.set(cipher.getAuthTag(), targetOffset + plain.length)
    return plain.length + TAG_BYTES
  }

  open(parameters: SealParameters, sealed: Uint8Array): Uint8Array {
    const plainBytes = sealed.length - TAG_BYTES
    if (plainBytes < 0) throw corrupt(sealed)
    const decipher = createDecipheriv(ALGORITHM, parameters.key, parameters.nonce, {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(parameters.associatedData)
    decipher.setAuthTag(sealed.subarray(plainBytes))
    const plain = decipher.update(sealed.subarray(0, plainBytes))
    try {
      decipher.final()
    } catch (cause) {
      throw corrupt(sealed, cause)
    }
    return plain
  }
}

function corrupt(sealed: Uint8Array, cause?: unknown): StratusError {
  return new StratusError('DATA_CORRUPT', 'record fails authentication', {
    cause,
    details: { sealedBytes: sealed.length },
  })
}
