import { expect, it } from 'vitest'
import { Aes256Gcm } from '../../../../src/plugins/cipher-aes-256-gcm/aes-256-gcm.ts'

const LONG_KEY = 'feffe9928665731c6d6a8f9467308308'.repeat(2)

/**
 * Test cases 13, 14 and 16 of McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", 2005.
 */
const vectors = [
  {
    key: '00'.repeat(32),
    nonce: '00'.repeat(12),
    associatedData: '',
    plain: '',
    sealed: '530f8afbc74536b9a963b4f1c4cb738b',
  },
  {
    key: '00'.repeat(32),
    nonce: '00'.repeat(12),
    associatedData: '',
    plain: '00'.repeat(16),
    sealed: 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
  },
  {
    key: LONG_KEY,
    nonce: 'cafebabefacedbaddecaf888',
    associatedData: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    plain:
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
      '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    sealed:
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
      '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
      '76fc6ece0f4e1768cddf8853bb2d551b',
  },
]

it.each(vectors)('seals as published: $sealed', (vector) => {
  const cipher = new Aes256Gcm()
  const parameters = {
    key: hex(vector.key),
    nonce: hex(vector.nonce),
    associatedData: hex(vector.associatedData),
  }
  const plain = hex(vector.plain)
  const target = Buffer.alloc(plain.length + cipher.overheadBytes)
  cipher.seal(parameters, plain, target, 0)
  expect(target.toString('hex')).toBe(vector.sealed)
  expect(Buffer.from(cipher.open(parameters, target)).toString('hex')).toBe(vector.plain)
})

function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}
