import { describe, expect, it } from 'vitest'
import { openCheckpointManifest, openCheckpointPart } from '../../../src/format/checkpoint.ts'
import { LOG_PACK_OFFSET } from '../../../src/format/log-object.ts'
import { Aes256Gcm } from '../../../src/plugins/cipher-aes-256-gcm/aes-256-gcm.ts'
import { NoCipher } from '../../../src/plugins/cipher-none/no-cipher.ts'
import { undetectedDamage } from '../../support/damage.ts'
import { readLog, readPack } from '../../support/sealed-readers.ts'
import {
  sampleCheckpoint,
  sampleContext,
  sampleLog,
  samplePack,
} from '../../support/sealed-samples.ts'

const plains = [Buffer.from('hello'), Buffer.from('a second block')]

for (const cipher of [new Aes256Gcm(), new NoCipher()]) {
  const context = sampleContext(cipher)
  const name = cipher.secret ? 'aes-256-gcm' : 'none'
  // One bit of each byte is enough to see that a checksum covers it.
  const options = cipher.secret ? {} : { bits: [1] }

  describe(`under ${name}`, () => {
    it('a pack detects every truncation and every flipped bit', () => {
      const pack = samplePack(context, plains)
      expect(undetectedDamage(pack, (bytes) => readPack(context, bytes), options)).toEqual([])
    })

    it('a log object detects every truncation and every flipped bit', () => {
      const log = sampleLog(context)
      const missed = undetectedDamage(log, (bytes) => readLog(context, bytes), {
        ...options,
        innerAt: [LOG_PACK_OFFSET],
      })
      expect(missed).toEqual([])
    })

    it('a checkpoint part detects every truncation and every flipped bit', () => {
      const { part } = sampleCheckpoint(context)
      const read = (bytes: Uint8Array) =>
        openCheckpointPart(context, bytes, { sequence: 1, part: 0 })
      expect(undetectedDamage(part, read, options)).toEqual([])
    })

    it('a checkpoint manifest detects every truncation and every flipped bit', () => {
      const { manifest } = sampleCheckpoint(context)
      const read = (bytes: Uint8Array) => openCheckpointManifest(context, bytes, 1)
      expect(undetectedDamage(manifest, read, options)).toEqual([])
    })
  })
}
