import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { inspectJournal } from '../../../src/engine/journal/inspect.ts'
import { Journal } from '../../../src/engine/journal/journal.ts'
import { scanJournal } from '../../../src/engine/journal/scan.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const RECORDS = 12
let folder: string

/** Writes a journal of several segments. */
function write(directory: string): void {
  const journal = Journal.create(directory, Buffer.alloc(16, 7), 1000)
  for (let ino = 1; ino <= RECORDS; ino++) {
    const data = Buffer.alloc(400, ino)
    journal.append([{ kind: 'data', ino, offset: 0, length: data.length }], data)
  }
  journal.flush()
  journal.close()
}

function files(): string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
}

function inspected(): number[] {
  using journal = inspectJournal(folder)
  return (journal?.records ?? []).flatMap(({ changes }) =>
    changes.map((change) => (change.kind === 'data' ? change.ino : 0)),
  )
}

beforeEach(() => {
  folder = temporaryFolder()
})

describe('inspectJournal', () => {
  beforeEach(() => write(folder))

  it('finds what a scan finds', () => {
    expect(inspected()).toEqual(Array.from({ length: RECORDS }, (_, index) => index + 1))
  })

  it('passes over a torn tail and leaves it where it is', () => {
    const last = files().at(-1) as string
    appendFileSync(last, 'torn')
    const before = readFileSync(last)
    using journal = inspectJournal(folder)
    expect(journal?.records).toHaveLength(RECORDS)
    expect(journal?.damaged).toEqual([])
    expect(readFileSync(last).equals(before)).toBe(true)
  })

  it('goes on behind a damaged file and names it', () => {
    const first = files()[0] as string
    const bytes = readFileSync(first)
    bytes[bytes.length - 1] = 0xee
    writeFileSync(first, bytes)
    using journal = inspectJournal(folder)
    expect(journal?.damaged).toEqual([first])
    expect(journal?.records.length).toBeGreaterThan(RECORDS / 2)
    expect(journal?.records.length).toBeLessThan(RECORDS)
  })

  it('finds nothing in a folder that does not exist', () => {
    expect(inspectJournal(join(folder, 'absent'))).toBeUndefined()
  })
})

describe('scanJournal', () => {
  it('takes a first segment that a crash left empty for no journal', () => {
    writeFileSync(join(folder, '00000000000000.journal'), '')
    expect(scanJournal(folder)).toBeUndefined()
  })

  it('reports a damaged header as damage of the journal, which can be left behind', () => {
    write(folder)
    writeFileSync(files()[0] as string, Buffer.alloc(100))
    expect(() => scanJournal(folder)).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT' }))
  })
})
