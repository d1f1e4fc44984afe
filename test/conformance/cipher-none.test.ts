import { describe, it } from 'vitest'
import { cipherCases, registerCases } from '../../src/conformance/index.ts'
import { NoCipher } from '../../src/plugins/cipher-none/no-cipher.ts'

registerCases({ describe, it }, 'cipher-none', cipherCases, {
  create: () => new NoCipher(),
  has: (cipher, capability) => cipher[capability],
})
