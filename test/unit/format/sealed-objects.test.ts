import { describe, expect, it } from 'vitest'
import { readChanges } from '../../../src/format/changes.ts'
import { openCheckpointManifest, openCheckpointPart } from '../../../src/format/checkpoint.ts'
import {
  genesisHash,
  LOG_PACK_OFFSET,
  logObjectHash,
  openLogObject,
} from '../../../src/format/log-object.ts'
import { openPackRecord, readPackIndex } from '../../../src/format/pack.ts'
import { Aes256Gcm } from '../../../src/plugins/cipher-aes-256-gcm/aes-256-gcm.ts'
import { NoCipher } from '../../../src/plugins/cipher-none/no-cipher.ts'
import { codeOf } from '../../support/damage.ts'
import { readLog, readPack } from '../../support/sealed-readers.ts'
import {
  countingBytes,
  encodeChanges,
  sampleChanges,
  sampleCheckpoint,
  sampleContext,
  sampleFsId,
  sampleLog,
  samplePack,
} from '../../support/sealed-samples.ts'

const plains = [Buffer.from('hello'), Buffer.from('a second block')]

function textOf(blocks: readonly Uint8Array[]): string[] {
  return blocks.map((block) => Buffer.from(block).toString())
}

for (const cipher of [new Aes256Gcm(), new NoCipher()]) {
  const context = sampleContext(cipher)
  const name = cipher.secret ? 'aes-256-gcm' : 'none'

  describe(`sealed objects under ${name}`, () => {
    it('give back what went in', () => {
      expect(textOf(readPack(context, samplePack(context, plains)))).toEqual(textOf(plains))

      const log = readLog(context, sampleLog(context))
      expect(log.header).toEqual({
        sequence: 1,
        previous: genesisHash(sampleFsId),
        session: '00112233445566778899aabbccddeeff',
        journal: 'ffeeddccbbaa99887766554433221100',
        journalPosition: 4711,
        committedMs: 1_700_000_001_000,
      })
      expect([...readChanges(log.changes)]).toEqual(sampleChanges)
      expect(log.packOffset).toBe(LOG_PACK_OFFSET)
      expect(textOf(log.blocks)).toEqual(['hello'])

      const { part, entry, manifest } = sampleCheckpoint(context)
      const changes = openCheckpointPart(context, part, { sequence: 1, part: 0, entry })
      expect(Buffer.from(changes)).toEqual(Buffer.from(encodeChanges(sampleChanges)))
      expect(openCheckpointManifest(context, manifest, 1).parts).toEqual([entry])
    })

    it('an object in the place of another is refused', () => {
      const log = sampleLog(context)
      const { part, entry, manifest } = sampleCheckpoint(context)
      const pack = samplePack(context, plains)
      const elsewhere = { ...context, fsId: countingBytes(16, 0xb0) }
      const attempts = {
        'log under another sequence': () => openLogObject(context, log, 2),
        'log of another file system': () => openLogObject(elsewhere, log, 1),
        'part as a log object': () => openLogObject(context, part, 1),
        'log object as a part': () => openCheckpointPart(context, log, { sequence: 1, part: 0 }),
        'part under another number': () =>
          openCheckpointPart(context, part, { sequence: 1, part: 1 }),
        'part of another checkpoint': () =>
          openCheckpointPart(context, part, { sequence: 2, part: 0 }),
        'part of another attempt': () =>
          openCheckpointPart(context, part, {
            sequence: 1,
            part: 0,
            entry: { ...entry, hash: logObjectHash(log) },
          }),
        'part as a manifest': () => openCheckpointManifest(context, part, 1),
        'manifest under another sequence': () => openCheckpointManifest(context, manifest, 2),
        'pack of another file system': () => readPackIndex(elsewhere, pack),
        'pack under the key of another': () =>
          readPackIndex(context, pack, countingBytes(16, 0x11)),
      }
      const codes = Object.entries(attempts).map(([what, attempt]) => [what, codeOf(attempt)])
      expect(codes).toEqual(Object.keys(attempts).map((what) => [what, 'DATA_CORRUPT']))
    })

    it('a block in the place of another is refused', () => {
      const equal = [Buffer.from('one'), Buffer.from('two')]
      const pack = samplePack(context, equal)
      const { id, blocks } = readPackIndex(context, pack)
      const [first, second] = blocks
      if (first === undefined || second === undefined) throw new Error('block is missing')
      const sealed = pack.subarray(first.offset, first.offset + first.storedBytes)
      expect(textOf([openPackRecord(context, id, 0, sealed)])).toEqual(['one'])
      expect(codeOf(() => openPackRecord(context, id, 1, sealed))).toBe('DATA_CORRUPT')
      const otherId = countingBytes(16, 0x11)
      expect(codeOf(() => openPackRecord(context, otherId, 0, sealed))).toBe('DATA_CORRUPT')
    })
  })
}

describe('sizes of sealed objects', () => {
  const context = sampleContext()

  it('packs of one small file are all alike', () => {
    const sizes = [0, 1, 100, 1000, 3900].map((bytes) => {
      const pack = samplePack(context, [new Uint8Array(bytes)])
      return pack.length
    })
    expect(new Set(sizes)).toEqual(new Set([4096]))
  })

  it('nothing in clear depends on the content but the id', () => {
    const small = samplePack(context, [new Uint8Array(1)])
    const large = samplePack(context, [new Uint8Array(3000)])
    expect(Buffer.from(small.subarray(0, 32))).toEqual(Buffer.from(large.subarray(0, 32)))
  })
})
