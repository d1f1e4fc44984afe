import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RowChange } from '../../../src/core/index.ts'
import { Journal } from '../../../src/engine/journal/journal.ts'
import { scanJournal } from '../../../src/engine/journal/scan.ts'
import { codeOf } from '../../support/damage.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const id = Buffer.alloc(16, 7)

function dataChange(offset: number, length: number): RowChange {
  return { kind: 'data', ino: 9, offset, length }
}

/** A folder with one segment of records; returns the ends of the records in the file. */
function written(records: number, bytes: number, segmentBytes?: number) {
  const directory = temporaryFolder()
  const journal = Journal.create(directory, id, segmentBytes)
  const ends: number[] = []
  for (let n = 0; n < records; n++) {
    journal.append([dataChange(n * bytes, bytes)], Buffer.alloc(bytes, n + 1))
    journal.flush()
    ends.push(journal.end)
  }
  journal.close()
  const files = readdirSync(directory)
    .sort()
    .map((name) => join(directory, name))
  return { directory, files, ends }
}

/** Positions behind the records that a scan finds. */
function scannedEnds(directory: string, rebooted = false): number[] {
  const found = scanJournal(directory, rebooted)
  if (found === undefined) return []
  const journal = Journal.resume(directory, found.id, found.segments, found.end)
  const ends = found.records.map(({ end }) => end)
  journal.close()
  return ends
}

describe('a journal', () => {
  it('gives back its records in order, over several segments', () => {
    const { directory, files, ends } = written(20, 1000, 4000)
    expect(files.length).toBeGreaterThan(3)
    expect(scannedEnds(directory)).toEqual(ends)
  })

  it('goes on where it stopped', () => {
    const { directory } = written(3, 100)
    const found = scanJournal(directory)
    if (found === undefined) throw new Error('nothing found')
    const journal = Journal.resume(directory, found.id, found.segments, found.end)
    const place = journal.append([dataChange(0, 5)], Buffer.from('hello'))
    const back = Buffer.alloc(5)
    journal.read(place.segment, place.position, back)
    expect(String(back)).toBe('hello')
    journal.flush()
    journal.close()
    expect(scannedEnds(directory)).toHaveLength(4)
  })

  it('keeps the segments that hold anything the bucket lacks, and no others', () => {
    const directory = temporaryFolder()
    const journal = Journal.create(directory, id, 4000)
    for (let n = 0; n < 20; n++) journal.append([dataChange(0, 1000)], Buffer.alloc(1000, n))
    journal.flush()
    const middle = journal.end / 2
    journal.trim(middle)
    expect(journal.start).toBeLessThanOrEqual(middle)
    expect(journal.start).toBeGreaterThan(middle - 6000)
    journal.trim(journal.end)
    expect(readdirSync(directory)).toHaveLength(1)
    expect(journal.start).toBe(journal.end)
    journal.destroy()
    expect(readdirSync(directory)).toEqual([])
  })

  it('takes records larger than its staging buffer', () => {
    const directory = temporaryFolder()
    const journal = Journal.create(directory, id)
    const value = Buffer.alloc(65_536, 3)
    for (let n = 0; n < 40; n++) {
      journal.append([{ kind: 'xattr', row: { ino: 9, name: `user.${n}`, value } }])
    }
    journal.flush()
    journal.close()
    expect(scannedEnds(directory)).toHaveLength(40)
  })

  it('resolves overlapping syncs once all they cover is safe', async () => {
    const directory = temporaryFolder()
    const journal = Journal.create(directory, id)
    journal.append([dataChange(0, 3)], Buffer.from('abc'))
    const first = journal.sync()
    journal.append([dataChange(3, 3)], Buffer.from('def'))
    const second = journal.sync()
    await Promise.all([first, second])
    expect(journal.flushed).toBe(journal.end)
    journal.close()
  })
})

describe('a torn tail', () => {
  it('of any length is cut off, and nothing before it', () => {
    const { directory, files, ends } = written(4, 60)
    const [file] = files as [string]
    const bytes = readFileSync(file)
    for (let size = bytes.length - 1; size > 48; size--) {
      writeFileSync(file, bytes.subarray(0, size))
      const kept = ends.filter((end) => end + 48 <= size)
      expect(scannedEnds(directory), `cut to ${size}`).toEqual(kept)
      expect(statSync(file).size).toBe(48 + (kept.at(-1) ?? 0))
    }
  })

  it('may be zeros, as loss of power leaves them', () => {
    const { directory, files, ends } = written(4, 60)
    const bytes = readFileSync(files[0] as string)
    bytes.fill(0, 48 + (ends[2] as number) + 10)
    writeFileSync(files[0] as string, bytes)
    expect(scannedEnds(directory)).toEqual(ends.slice(0, 3))
  })

  it('may be a segment without a header, the first one too', () => {
    for (const size of [0, 1, 47]) {
      const { directory, files, ends } = written(8, 1000, 3000)
      truncateSync(files.at(-1) as string, size)
      const before = Number.parseInt((files.at(-1) as string).slice(-22, -8), 16)
      expect(scannedEnds(directory)).toEqual(ends.filter((end) => end <= before))

      const only = written(0, 0)
      truncateSync(only.files[0] as string, size)
      expect(scanJournal(only.directory)).toBeUndefined()
    }
  })
})

describe('loss of power', () => {
  it('may take the end of an earlier segment, and with it what came later', () => {
    for (const cut of [1, 500, 1500]) {
      const { directory, files, ends } = written(12, 1000, 3000)
      const [, second, third] = files as [string, string, string]
      truncateSync(second, statSync(second).size - cut)
      expect(codeOf(() => scanJournal(directory))).toBe('JOURNAL_CORRUPT')
      const left = Number.parseInt(third.slice(-22, -8), 16) - cut
      expect(scannedEnds(directory, true)).toEqual(ends.filter((end) => end <= left))
      // And once more: the journal is whole now.
      expect(scannedEnds(directory)).toEqual(ends.filter((end) => end <= left))
      expect(readdirSync(directory)).toHaveLength(files.length)
    }
  })

  it('may take whole records from the end of an earlier segment', () => {
    const { directory, files, ends } = written(12, 1000, 3000)
    const [, second] = files as [string, string]
    const base = Number.parseInt(second.slice(-22, -8), 16)
    const [first] = ends.filter((end) => end > base) as [number]
    truncateSync(second, 48 + first - base)
    expect(codeOf(() => scanJournal(directory))).toBe('JOURNAL_CORRUPT')
    expect(scannedEnds(directory, true)).toEqual(ends.filter((end) => end <= first))
  })

  it('may leave a page unwritten that others follow', () => {
    const { directory, files, ends } = written(6, 10_000)
    const bytes = readFileSync(files[0] as string)
    const page = 4096 * Math.ceil((48 + (ends[2] as number)) / 4096)
    bytes.fill(0, page, page + 4096)
    writeFileSync(files[0] as string, bytes)
    expect(codeOf(() => scanJournal(directory))).toBe('JOURNAL_CORRUPT')
    expect(scannedEnds(directory, true)).toEqual(ends.slice(0, 3))
  })

  it('flips no bytes: that is damage then too', () => {
    const { directory, files, ends } = written(5, 400)
    const bytes = readFileSync(files[0] as string)
    for (let at = 48; at < 48 + (ends[3] as number); at += 11) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] as number) ^ 0x20
      writeFileSync(files[0] as string, damaged)
      expect(
        codeOf(() => scanJournal(directory, true)),
        `byte ${at}`,
      ).toBe('JOURNAL_CORRUPT')
    }
  })
})

describe('a flipped byte', () => {
  it('before the last record is refused as damage, and the file stays as it is', () => {
    const { directory, files, ends } = written(5, 40)
    const [file] = files as [string]
    const bytes = readFileSync(file)
    for (let at = 48; at < 48 + (ends[3] as number); at++) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] as number) ^ 0x20
      writeFileSync(file, damaged)
      expect(
        codeOf(() => scanJournal(directory)),
        `byte ${at}`,
      ).toBe('JOURNAL_CORRUPT')
      expect(readFileSync(file).equals(damaged)).toBe(true)
    }
  })

  it('in an earlier segment is refused as damage wherever it is', () => {
    const { directory, files } = written(12, 1000, 3000)
    const file = files[1] as string
    const bytes = readFileSync(file)
    for (let at = 0; at < bytes.length; at += 13) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] as number) ^ 0x20
      writeFileSync(file, damaged)
      const code = codeOf(() => scanJournal(directory))
      // Bytes 8 and 9 hold the version.
      if (at === 8 || at === 9) expect(code).toBe('FORMAT_UNSUPPORTED')
      // The reserved bytes at the end of the header mean nothing yet.
      else expect(code, `byte ${at}`).toBe('JOURNAL_CORRUPT')
    }
  })

  it('far before the next whole record is found too', () => {
    const { directory, files } = written(3, 3_000_000)
    const bytes = readFileSync(files[0] as string)
    bytes[60] = (bytes[60] as number) ^ 1
    writeFileSync(files[0] as string, bytes)
    expect(codeOf(() => scanJournal(directory))).toBe('JOURNAL_CORRUPT')
  })

  it('in the last record costs that record only: it looks like a torn tail', () => {
    const { directory, files, ends } = written(5, 40)
    const bytes = readFileSync(files[0] as string)
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1
    writeFileSync(files[0] as string, bytes)
    expect(scannedEnds(directory)).toEqual(ends.slice(0, 4))
  })
})
