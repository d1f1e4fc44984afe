import assert from 'node:assert/strict'
import {
  CIPHER_KEY_BYTES,
  CIPHER_NONCE_BYTES,
  type Cipher,
  type SealParameters,
} from '../core/cipher.ts'
import type { ConformanceCase } from './case.ts'
import { expectBytes, expectFailure } from './expectations.ts'
import { noise } from './sample-bytes.ts'

/** What some rules depend on: `secret` as in {@link Cipher}. */
export type CipherCapability = 'secret'

const PARAMETERS: SealParameters = {
  key: noise(CIPHER_KEY_BYTES, 1),
  nonce: noise(CIPHER_NONCE_BYTES, 2),
  associatedData: noise(37, 3),
}

/** Sizes around the block size of AES, around that of ChaCha20, and of a file block. */
const SIZES = [0, 1, 15, 16, 17, 63, 64, 65, 4096, 1024 * 1024 + 1]

/** The rules of {@link Cipher}. */
export const cipherCases: readonly ConformanceCase<Cipher, CipherCapability>[] = [
  {
    id: 'CI-01',
    rule: 'open gives back what seal was given, for every length',
    run(cipher) {
      for (const size of SIZES) {
        const plain = noise(size)
        const opened = cipher.open(PARAMETERS, seal(cipher, plain))
        expectBytes(opened, plain, `record of ${size} bytes`)
      }
    },
  },
  {
    id: 'CI-02',
    rule: 'a record is overheadBytes longer than its plaintext, and nothing beside it is written',
    run(cipher) {
      for (const size of SIZES) {
        const record = size + cipher.overheadBytes
        const target = new Uint8Array(record + 64).fill(0xee)
        assert.equal(cipher.seal(PARAMETERS, noise(size), target, 32), record)
        const around = [...target.subarray(0, 32), ...target.subarray(32 + record)]
        assert.ok(
          around.every((byte) => byte === 0xee),
          `bytes around a record of ${size}`,
        )
      }
    },
  },
  {
    id: 'CI-03',
    rule: 'a flipped bit is DATA_CORRUPT, wherever it is',
    async run(cipher) {
      const sealed = seal(cipher, noise(100))
      for (const [n, byte] of sealed.entries()) {
        const damaged = sealed.slice()
        damaged[n] = byte ^ (1 << (n % 8))
        await expectCorrupt(cipher, PARAMETERS, damaged, `bit flipped in byte ${n}`)
      }
    },
  },
  {
    id: 'CI-04',
    rule: 'a truncated record is DATA_CORRUPT, down to nothing',
    async run(cipher) {
      const sealed = seal(cipher, noise(100))
      for (let length = 0; length < sealed.length; length++) {
        const what = `record cut to ${length} bytes`
        await expectCorrupt(cipher, PARAMETERS, sealed.slice(0, length), what)
      }
    },
  },
  {
    id: 'CI-05',
    rule: 'another nonce or other associated data is DATA_CORRUPT',
    async run(cipher) {
      const sealed = seal(cipher, noise(100))
      const { associatedData } = PARAMETERS
      const others: Record<string, Partial<SealParameters>> = {
        'another nonce': { nonce: noise(CIPHER_NONCE_BYTES, 9) },
        'other associated data': { associatedData: noise(37, 9) },
        'shorter associated data': { associatedData: associatedData.subarray(1) },
        'no associated data': { associatedData: new Uint8Array() },
      }
      for (const [what, other] of Object.entries(others)) {
        await expectCorrupt(cipher, { ...PARAMETERS, ...other }, sealed, what)
      }
    },
  },
  {
    id: 'CI-06',
    rule: 'another key is DATA_CORRUPT',
    needs: ['secret'],
    async run(cipher) {
      const sealed = seal(cipher, noise(100))
      const key = noise(CIPHER_KEY_BYTES, 9)
      await expectCorrupt(cipher, { ...PARAMETERS, key }, sealed, 'another key')
    },
  },
]

function seal(cipher: Cipher, plain: Uint8Array): Uint8Array {
  // Room to spare: whether the size is right is the business of one rule alone.
  const target = new Uint8Array(plain.length + cipher.overheadBytes + 64)
  return target.subarray(0, cipher.seal(PARAMETERS, plain, target, 0))
}

function expectCorrupt(
  cipher: Cipher,
  parameters: SealParameters,
  sealed: Uint8Array,
  what: string,
): Promise<void> {
  return expectFailure('DATA_CORRUPT', what, () => cipher.open(parameters, sealed))
}
