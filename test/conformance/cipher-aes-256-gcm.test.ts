import { describe, it } from 'vitest'
import { cipherCases, registerCases } from '../../src/conformance/index.ts'
import { Aes256Gcm } from '../../src/plugins/cipher-aes-256-gcm/aes-256-gcm.ts'

registerCases({ describe, it }, 'cipher-aes-256-gcm', cipherCases, {
  create: () => new Aes256Gcm(),
  has: (cipher, capability) => cipher[capability],
})
