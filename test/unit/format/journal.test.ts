import { describe, expect, it } from 'vitest'
import {
  decodeRecordHeader,
  decodeSegmentHeader,
  encodeRecordHeader,
  encodeSegmentHeader,
  JOURNAL_RECORD_HEADER_BYTES,
  JOURNAL_SEGMENT_HEADER_BYTES,
  recordCrc,
} from '../../../src/format/journal.ts'
import { undetectedDamage } from '../../support/damage.ts'
import { countingBytes } from '../../support/sealed-samples.ts'

const segment = { journal: countingBytes(16, 0x50), base: 2 ** 40 + 7 }

describe('journal segment header', () => {
  it('gives back what went in', () => {
    const bytes = encodeSegmentHeader(segment)
    expect(bytes).toHaveLength(JOURNAL_SEGMENT_HEADER_BYTES)
    expect(decodeSegmentHeader(bytes)).toEqual(segment)
  })

  it('detects every truncation and every flipped bit', () => {
    const read = (bytes: Uint8Array) => {
      decodeSegmentHeader(bytes.subarray(0, JOURNAL_SEGMENT_HEADER_BYTES))
      if (bytes.length > JOURNAL_SEGMENT_HEADER_BYTES) decodeSegmentHeader(new Uint8Array(0))
    }
    expect(undetectedDamage(encodeSegmentHeader(segment), read)).toEqual([])
  })
})

describe('journal record', () => {
  const changes = countingBytes(30, 1)
  const data = [countingBytes(5, 9), countingBytes(2, 3)]
  const extent = { position: 2 ** 40, changesBytes: 30, dataBytes: 7 }

  function encode(): Buffer {
    const bytes = Buffer.alloc(3 + JOURNAL_RECORD_HEADER_BYTES + 37)
    encodeRecordHeader(bytes, 3, { ...extent, crc: recordCrc(extent, changes, data) })
    bytes.set(changes, 3 + JOURNAL_RECORD_HEADER_BYTES)
    bytes.set(Buffer.concat(data), 3 + JOURNAL_RECORD_HEADER_BYTES + 30)
    return bytes
  }

  /** What a journal does to find out whether a record is whole. */
  function isWhole(bytes: Uint8Array): boolean {
    const header = decodeRecordHeader(bytes, 3)
    if (header?.position !== extent.position) return false
    const from = 3 + JOURNAL_RECORD_HEADER_BYTES
    const middle = from + header.changesBytes
    const parts = [bytes.subarray(middle, middle + header.dataBytes)]
    return header.crc === recordCrc(header, bytes.subarray(from, middle), parts)
  }

  it('is whole as it was written', () => {
    expect(isWhole(encode())).toBe(true)
  })

  it('is not whole with any bit flipped', () => {
    const bytes = encode()
    for (let at = 3; at < bytes.length; at += 1) {
      for (let bit = 1; bit < 256; bit *= 2) {
        bytes[at] = (bytes[at] as number) ^ bit
        expect(isWhole(bytes)).toBe(false)
        bytes[at] = (bytes[at] as number) ^ bit
      }
    }
  })

  it('ends the journal where there is no header', () => {
    expect(decodeRecordHeader(new Uint8Array(100), 0)).toBeUndefined()
    expect(decodeRecordHeader(encode(), 50)).toBeUndefined()
    expect(decodeRecordHeader(encode().subarray(0, 20), 3)).toBeUndefined()
  })
})
