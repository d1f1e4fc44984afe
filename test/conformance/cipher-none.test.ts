import { describe, expect, it } from 'vitest'
import { cipherCases, registerCases } from '../../src/conformance/index.ts'
import { NoCipher } from '../../src/plugins/cipher-none/no-cipher.ts'

it('claims no secrecy, so that the rules about keys do not apply', () => {
  expect(new NoCipher().secret).toBe(false)
})

registerCases(
  { describe, it },
  'cipher-none',
  cipherCases.filter(({ needs }) => needs === undefined),
  { create: () => new NoCipher() },
)
