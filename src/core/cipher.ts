import { type Token, token } from './token.ts'

/** Bytes of a key that a {@link Cipher} takes. */
export const CIPHER_KEY_BYTES = 32

/** Bytes of a nonce that a {@link Cipher} takes. */
export const CIPHER_NONCE_BYTES = 12

/** Everything a record is bound to. The caller keeps ownership of all buffers. */
export interface SealParameters {
  /** {@link CIPHER_KEY_BYTES} bytes. */
  readonly key: Uint8Array
  /** {@link CIPHER_NONCE_BYTES} bytes, never used twice with one key. The caller guarantees that. */
  readonly nonce: Uint8Array
  /** Bytes that are authenticated but not stored. */
  readonly associatedData: Uint8Array
}

/**
 * Authenticated encryption with associated data.
 *
 * - **Round trip.** `open` of what `seal` wrote gives the plaintext, for every length. [CI-01]
 * - **Fixed overhead.** A sealed record is exactly `overheadBytes` longer than its plaintext. [CI-02]
 * - **Bound.** A flipped bit, a truncation, another nonce or other associated data is `DATA_CORRUPT`, and
 *   not one byte of plaintext comes out. [CI-03, CI-04, CI-05]
 * - **Keyed.** With another key `open` is `DATA_CORRUPT`. (`none` keeps no secret and skips this.) [CI-06]
 *
 * Implementations hold no state between calls and may be used from several threads at once.
 */
export interface Cipher {
  /** Number of the format, stored in each object's header. Assigned once, in `docs/format/sealing.md`. */
  readonly formatId: number
  /** Whether sealed bytes hide their plaintext. Only `none` says `false`. */
  readonly secret: boolean
  /** Bytes a sealed record has more than its plaintext. */
  readonly overheadBytes: number

  /**
   * Writes the sealed form of `plain` to `target` from `targetOffset` on.
   *
   * @returns the number of bytes written: `plain.length + overheadBytes`
   */
  seal(
    parameters: SealParameters,
    plain: Uint8Array,
    target: Uint8Array,
    targetOffset: number,
  ): number

  /**
   * Returns the plaintext, owned by the caller.
   *
   * @param sealed - exactly one sealed record; borrowed for the call
   * @throws StratusError `DATA_CORRUPT`
   */
  open(parameters: SealParameters, sealed: Uint8Array): Uint8Array
}

/** Token of the contract {@link Cipher}. */
export const Cipher: Token<Cipher> = token('Cipher')
