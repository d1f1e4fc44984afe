/**
 * Reads a journal without changing it, as far as it can be read.
 *
 * For those who want to save what is in it. A session that goes on with a journal uses `scanJournal`,
 * which cuts off a torn tail and refuses damage.
 */
import { closeSync, existsSync, fstatSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { readSegment, type ScannedJournal, segmentFiles } from './scan.ts'

/** A journal that was inspected; its files are open. */
export interface InspectedJournal extends ScannedJournal, Disposable {
  /** Files of which not all could be read. A torn last record, never acknowledged, does not count. */
  readonly damaged: readonly string[]
}

/** Opens the journal in `directory`, or returns `undefined` when there is none that can be read. */
export function inspectJournal(directory: string): InspectedJournal | undefined {
  if (!existsSync(directory)) return undefined
  const segments: ScannedJournal['segments'] = []
  const records: ScannedJournal['records'] = []
  const damaged: string[] = []
  let id: Uint8Array | undefined
  let end = 0
  const names = segmentFiles(directory)
  for (const [index, name] of names.entries()) {
    const file = join(directory, name)
    const fd = openSync(file, 'r')
    const { size } = fstatSync(fd)
    const read = readSegment(file, fd, size)
    if (read === undefined || (id !== undefined && Buffer.compare(id, read.journal) !== 0)) {
      closeSync(fd)
      damaged.push(file)
      continue
    }
    id ??= read.journal
    segments.push(read.segment)
    for (const record of read.records) records.push(record)
    end = read.end
    if (!read.whole && index < names.length - 1) damaged.push(file)
  }
  if (id === undefined) return undefined
  const close = (): void => {
    for (const { fd } of segments.splice(0)) closeSync(fd)
  }
  return { id, segments, end, records, damaged, [Symbol.dispose]: close }
}
