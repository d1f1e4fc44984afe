import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RowChange, StratusError } from '../../../src/core/index.ts'
import { ChangeWriter, readChanges } from '../../../src/format/changes.ts'
import { codeOf } from '../../support/damage.ts'
import { encodeChanges, sampleChanges } from '../../support/sealed-samples.ts'

const u8 = fc.integer({ min: 0, max: 0xff })
const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const u64 = fc.maxSafeNat()
const seconds = fc.maxSafeInteger()
const nanoseconds = fc.integer({ min: 0, max: 999_999_999 })
const byteString = fc
  .uint8Array({ maxLength: 300 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'))
const bytes = fc.uint8Array({ maxLength: 300 })
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const text = fc.string({ unit: 'grapheme', maxLength: 40 })

const change: fc.Arbitrary<RowChange> = fc.oneof(
  fc.record({
    kind: fc.constant('inode'),
    row: fc.record({
      ino: u64,
      mode: u32,
      uid: u32,
      gid: u32,
      nlink: u32,
      rdev: u32,
      size: u64,
      atimeSec: seconds,
      atimeNsec: nanoseconds,
      mtimeSec: seconds,
      mtimeNsec: nanoseconds,
      ctimeSec: seconds,
      ctimeNsec: nanoseconds,
      btimeSec: seconds,
      btimeNsec: nanoseconds,
      parent: u64,
      target: byteString,
    }),
  }),
  fc.record({ kind: fc.constant('inodeDelete'), ino: u64 }),
  fc.record({ kind: fc.constant('dentry'), parent: u64, name: byteString, ino: u64 }),
  fc.record({ kind: fc.constant('dentryDelete'), parent: u64, name: byteString }),
  fc.record({
    kind: fc.constant('xattr'),
    row: fc.record({ ino: u64, name: byteString, value: bytes }),
  }),
  fc.record({ kind: fc.constant('xattrDelete'), ino: u64, name: byteString }),
  fc.record({
    kind: fc.constant('extent'),
    row: fc.record({ ino: u64, offset: u64, length: u64, block: u64, blockOffset: u64 }),
  }),
  fc.record({ kind: fc.constant('extentClear'), ino: u64, offset: u64, length: u64 }),
  fc.record({
    kind: fc.constant('block'),
    row: fc.record({
      id: u64,
      digest: bytesOf(32),
      pack: u64,
      record: u32,
      offset: u32,
      storedBytes: u32,
      plainBytes: u32,
      compressor: u8,
    }),
  }),
  fc.record({ kind: fc.constant('blockDelete'), id: u64 }),
  fc.record({
    kind: fc.constant('pack'),
    row: fc.record({
      number: u64,
      id: bytesOf(16),
      container: u64,
      containerOffset: u64,
      sizeBytes: u64,
    }),
  }),
  fc.record({ kind: fc.constant('packDelete'), number: u64 }),
  fc.record({
    kind: fc.constant('session'),
    row: fc.record({
      id: text,
      host: text,
      machine: text,
      pid: u64,
      sinceMs: u64,
      open: fc.boolean(),
    }),
  }),
  fc.record({ kind: fc.constant('data'), ino: u64, offset: u64, length: u64 }),
)

/** Reads everything; a failure other than a StratusError is thrown. */
function readAll(encoded: Uint8Array): RowChange[] | string {
  try {
    return [...readChanges(encoded)]
  } catch (error) {
    if (error instanceof StratusError) return error.code
    throw error
  }
}

describe('row changes', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const writer = new ChangeWriter(1)
        for (const one of changes) writer.put(one)
        const view = Buffer.from(writer.bytes())
        expect(writer.length).toBe(view.length)
        expect(Buffer.from(writer.take())).toEqual(view)
        expect(writer.length).toBe(0)
        expect([...readChanges(view)]).toEqual(changes)
      }),
    )
  })

  it('that are cut short are corrupt, except between two', () => {
    const whole = encodeChanges(sampleChanges)
    const ends = new Set(
      sampleChanges.map((_, index) => encodeChanges(sampleChanges.slice(0, index)).length),
    )
    for (let length = 0; length < whole.length; length += 1) {
      const result = readAll(whole.subarray(0, length))
      expect(Array.isArray(result) ? 'read' : result).toBe(
        ends.has(length) ? 'read' : 'DATA_CORRUPT',
      )
    }
  })

  it('that are damaged are other changes or a StratusError, never another error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        readAll(noise)
      }),
    )
    fc.assert(
      fc.property(change, fc.nat(), u8, (one, place, value) => {
        const encoded = encodeChanges([one])
        encoded[place % encoded.length] = value
        readAll(encoded)
      }),
    )
  })

  it('of an unknown kind are of a newer version', () => {
    expect(readAll(Uint8Array.of(200, 0, 0, 0))).toBe('FORMAT_UNSUPPORTED')
    expect(readAll(Uint8Array.of(0, 0, 0, 0))).toBe('FORMAT_UNSUPPORTED')
  })

  it('share no memory with what they were read from', () => {
    const encoded = encodeChanges(sampleChanges)
    const changes = [...readChanges(encoded)]
    encoded.fill(0)
    expect(changes).toEqual(sampleChanges)
  })

  it('that the format cannot hold are a programming mistake', () => {
    const name = 'x'.repeat(65_536)
    const write = () => new ChangeWriter().put({ kind: 'dentryDelete', parent: 1, name })
    expect(codeOf(write)).toContain('TypeError')
  })
})
