import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readChanges } from '../../../src/format/changes.ts'
import { openCheckpointManifest, openCheckpointPart } from '../../../src/format/checkpoint.ts'
import {
  decodeRecordHeader,
  decodeSegmentHeader,
  encodeSegmentHeader,
  recordCrc,
} from '../../../src/format/journal.ts'
import {
  deriveDigestKey,
  deriveObjectKey,
  derivePlainMasterKey,
  deriveSplitterKey,
  deriveSuperblockKey,
  digest,
} from '../../../src/format/keys.ts'
import { genesisHash } from '../../../src/format/log-object.ts'
import { decodeSuperblock, unlockSuperblock } from '../../../src/format/superblock.ts'
import { readLog, readPack } from '../../support/sealed-readers.ts'
import {
  countingBytes,
  encodeChanges,
  sampleChanges,
  sampleCheckpoint,
  sampleContext,
  sampleFsId,
  sampleMasterKey,
  samplePack,
} from '../../support/sealed-samples.ts'

const FOLDER = new URL('../../../docs/format/', import.meta.url)

/** Reads the examples of all pages: fenced blocks that are called `hex <name>`, and files of vectors/. */
function readVectors(): Map<string, Buffer> {
  const vectors = new Map<string, Buffer>()
  for (const page of readdirSync(FOLDER).filter((name) => name.endsWith('.md'))) {
    const text = readFileSync(new URL(page, FOLDER), 'utf8')
    for (const [, name, hex] of text.matchAll(/^```hex (\S+)\n(.*?)^```/gms)) {
      vectors.set(name as string, fromHex(hex as string))
    }
  }
  for (const file of readdirSync(new URL('vectors/', FOLDER))) {
    const hex = readFileSync(new URL(`vectors/${file}`, FOLDER), 'utf8')
    vectors.set(file.replace(/\.hex$/, ''), fromHex(hex))
  }
  return vectors
}

function fromHex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
}

describe('the examples in docs/format', () => {
  const vectors = readVectors()
  const used = new Set<string>()
  const context = sampleContext()
  const master = sampleMasterKey

  function vector(name: string): Buffer {
    used.add(name)
    const found = vectors.get(name)
    if (found === undefined) throw new Error(`no example is called ${name}`)
    return found
  }

  function expectBytes(name: string, bytes: Uint8Array): void {
    expect(Buffer.from(bytes).toString('hex')).toBe(vector(name).toString('hex'))
  }

  it('keys', () => {
    const id = countingBytes(16, 0x10)
    expectBytes('object-key-pack', deriveObjectKey(master, 'pack', id))
    expectBytes('object-key-log', deriveObjectKey(master, 'log', id))
    expectBytes('object-key-checkpoint', deriveObjectKey(master, 'checkpoint', id))
    expectBytes('digest-key', deriveDigestKey(master))
    expectBytes('superblock-key', deriveSuperblockKey(master))
    expectBytes('splitter-key', deriveSplitterKey(master))
    expectBytes('digest', digest(deriveDigestKey(master), Buffer.from('hello')))
    expectBytes('plain-master-key', derivePlainMasterKey(sampleFsId))
  })

  it('superblock', () => {
    const superblock = decodeSuperblock(vector('superblock'))
    const expected = {
      fsId: sampleFsId,
      createdMs: 1_700_000_000_000,
      label: 'photos',
      cipher: 1,
      splitter: { id: 'fixed', options: { blockBytes: 1_048_576 } },
      rootUid: 1000,
      rootGid: 100,
      rootMode: 0o700,
      formatVersion: 1,
    }
    expect(superblock.parameters).toEqual(expected)
    const passphrase = Buffer.from('correct horse battery staple')
    expect(unlockSuperblock(superblock, passphrase)).toEqual(master)

    const plain = decodeSuperblock(vector('superblock-plain'))
    expect(plain.parameters).toEqual({ ...expected, cipher: 0 })
    expect(unlockSuperblock(plain, undefined)).toEqual(derivePlainMasterKey(sampleFsId))
  })

  it('changes', () => {
    expect([...readChanges(vector('changes'))]).toEqual(sampleChanges)
    expectBytes('changes', encodeChanges(sampleChanges))
  })

  it('journal', () => {
    const header = { journal: countingBytes(16, 0x50), base: 4096 }
    expect(decodeSegmentHeader(vector('journal-segment-header'))).toEqual(header)
    expectBytes('journal-segment-header', encodeSegmentHeader(header))

    const bytes = vector('journal-record')
    const record = decodeRecordHeader(bytes, 0)
    if (record === undefined) throw new Error('record has no header')
    expect(record.position).toBe(4096)
    const changes = bytes.subarray(24, 24 + record.changesBytes)
    const data = bytes.subarray(24 + record.changesBytes)
    expect(data.toString()).toBe('hello')
    expect(recordCrc(record, changes, [data])).toBe(record.crc)
    expect([...readChanges(changes)]).toEqual([
      { kind: 'dentry', parent: 1, name: 'a', ino: 2 },
      { kind: 'data', ino: 2, offset: 0, length: 5 },
    ])
  })

  it('pack', () => {
    const hello = Buffer.from('hello')
    expect(readPack(context, vector('pack')).map((block) => Buffer.from(block))).toEqual([hello])
    expectBytes('pack', samplePack(context, [hello], { pad: false }))
  })

  it('log object', () => {
    const log = readLog(context, vector('log-object'))
    expect(log.header).toEqual({
      sequence: 1,
      previous: genesisHash(sampleFsId),
      session: '00112233445566778899aabbccddeeff',
      journal: 'ffeeddccbbaa99887766554433221100',
      journalPosition: 4711,
      committedMs: 1_700_000_001_000,
    })
    expect([...readChanges(log.changes)]).toEqual(sampleChanges)
    expect(log.blocks.map((block) => Buffer.from(block).toString())).toEqual(['hello'])
  })

  it('checkpoint', () => {
    const manifest = openCheckpointManifest(context, vector('checkpoint-manifest'), 1)
    const [entry] = manifest.parts
    expect(manifest.createdMs).toBe(1_700_000_002_000)
    expect(manifest.hash).toBe(genesisHash(sampleFsId))
    expect(entry?.id).toEqual(sampleCheckpoint(context).entry.id)
    const changes = openCheckpointPart(context, vector('checkpoint-part'), {
      sequence: 1,
      part: 0,
      entry,
    })
    expect([...readChanges(changes)]).toEqual(sampleChanges)
  })

  it('are all used by a test', () => {
    expect([...vectors.keys()].filter((name) => !used.has(name))).toEqual([])
  })
})
