import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  addSlot,
  createSuperblock,
  decodeSuperblock,
  FORMAT_VERSION,
  findSlot,
  KEY_SLOTS_MAX,
  removeSlot,
  type SuperblockParameters,
  unlockSuperblock,
} from '../../../src/format/superblock.ts'
import { codeOf, undetectedDamage } from '../../support/damage.ts'
import { countingBytes, sampleFsId } from '../../support/sealed-samples.ts'

const cheap = { logN: 4, r: 8, p: 1 }
const passphrase = Buffer.from('correct horse')
const random = (count: number) => countingBytes(count, 0x60)

const parameters: SuperblockParameters = {
  fsId: sampleFsId,
  createdMs: 1_700_000_000_000,
  label: 'Fotos ☃',
  cipher: 1,
  splitter: { id: 'fixed', options: { blockBytes: 1_048_576 } },
  rootUid: 1000,
  rootGid: 100,
  rootMode: 0o700,
  formatVersion: FORMAT_VERSION,
}

const made = createSuperblock(parameters, passphrase, random, cheap)

/** Returns the bytes with a change that somebody made who has no key: the checksum is right again. */
function forge(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const forged = Buffer.from(bytes)
  forged[at] = value
  const body = forged.subarray(0, forged.length - 32)
  createHash('sha256').update(body).digest().copy(forged, body.length)
  return forged
}

describe('superblock', () => {
  it('gives back what went in', () => {
    const superblock = decodeSuperblock(made.bytes)
    expect(superblock.parameters).toEqual(parameters)
    expect(unlockSuperblock(superblock, passphrase)).toEqual(made.masterKey)
  })

  it('detects every truncation and every flipped bit before a passphrase is asked for', () => {
    expect(undetectedDamage(made.bytes, decodeSuperblock)).toEqual([])
  })

  it('tells a wrong passphrase from a missing one', () => {
    const superblock = decodeSuperblock(made.bytes)
    const wrong = Buffer.from('wrong horse')
    expect(codeOf(() => unlockSuperblock(superblock, wrong))).toBe('PASSPHRASE_WRONG')
    expect(codeOf(() => unlockSuperblock(superblock, undefined))).toBe('PASSPHRASE_MISSING')
    expect(codeOf(() => createSuperblock(parameters, undefined, random))).toBe('PASSPHRASE_MISSING')
  })

  it('is proven by the master key', () => {
    const rootUidAt = 40
    const forged = decodeSuperblock(forge(made.bytes, rootUidAt, 0))
    expect(forged.parameters.rootUid).not.toBe(parameters.rootUid)
    expect(codeOf(() => unlockSuperblock(forged, passphrase))).toBe('DATA_CORRUPT')
  })

  it('cannot ask for more memory than there is reason to', () => {
    const slotAt = made.bytes.length - 64 - 84
    const costs = [
      [1, 21],
      [1, 200],
      [2, 0],
      [3, 0],
      [3, 17],
    ] as const
    for (const [field, value] of costs) {
      expect(codeOf(() => decodeSuperblock(forge(made.bytes, slotAt + field, value)))).toBe(
        'DATA_CORRUPT',
      )
    }
  })

  it('has slots that are added and removed without touching the master key', () => {
    const recovery = Buffer.from('recovery key')
    const added = decodeSuperblock(
      addSlot(decodeSuperblock(made.bytes), made.masterKey, recovery, random, {
        kind: 'recovery',
        cost: cheap,
      }),
    )
    expect(added.slots.map(({ kind }) => kind)).toEqual(['passphrase', 'recovery'])
    expect(unlockSuperblock(added, passphrase)).toEqual(made.masterKey)
    expect(unlockSuperblock(added, recovery)).toEqual(made.masterKey)
    expect(findSlot(added, recovery)?.index).toBe(1)

    const removed = decodeSuperblock(removeSlot(added, made.masterKey, 0))
    expect(codeOf(() => unlockSuperblock(removed, passphrase))).toBe('PASSPHRASE_WRONG')
    expect(unlockSuperblock(removed, recovery)).toEqual(made.masterKey)
    expect(codeOf(() => removeSlot(removed, made.masterKey, 0))).toBe('OPTIONS_INVALID')
    expect(codeOf(() => removeSlot(added, made.masterKey, 2))).toBe('OPTIONS_INVALID')
  })

  it('has room for so many slots and no more', () => {
    const full = { ...decodeSuperblock(made.bytes) }
    const slots = Array.from({ length: KEY_SLOTS_MAX }, () => full.slots[0])
    const superblock = { ...full, slots: slots.filter((slot) => slot !== undefined) }
    expect(codeOf(() => addSlot(superblock, made.masterKey, passphrase, random))).toBe(
      'OPTIONS_INVALID',
    )
  })

  it('of a plain file system needs no passphrase', () => {
    const plain = { ...parameters, cipher: 0 }
    const { bytes, masterKey } = createSuperblock(plain, undefined, random)
    const superblock = decodeSuperblock(bytes)
    expect(superblock.slots).toEqual([])
    expect(unlockSuperblock(superblock, undefined)).toEqual(masterKey)
    expect(codeOf(() => unlockSuperblock(superblock, passphrase))).toBe('OPTIONS_INVALID')
    expect(undetectedDamage(bytes, decodeSuperblock)).toEqual([])
    expect(codeOf(() => createSuperblock(plain, passphrase, random))).toBe('OPTIONS_INVALID')
    expect(codeOf(() => addSlot(superblock, masterKey, passphrase, random))).toBe('OPTIONS_INVALID')
  })
})
