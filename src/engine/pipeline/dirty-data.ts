import { closeSync, openSync, readSync } from 'node:fs'
import { StratusError } from '../../core/index.ts'
import type { DataRange } from './pipeline.ts'

/** Consecutive dirty bytes of one file, in one or more places of the journal. */
export interface DirtyRun {
  readonly ino: number
  readonly offset: number
  readonly length: number
  /** The ranges that make up the run, in order. */
  readonly ranges: readonly DataRange[]
}

/** Joins ranges that touch within one file. Returns runs by file and offset. */
export function joinRanges(ranges: readonly DataRange[]): DirtyRun[] {
  const sorted = ranges.toSorted((a, b) => a.ino - b.ino || a.offset - b.offset)
  const runs: { ino: number; offset: number; length: number; ranges: DataRange[] }[] = []
  for (const range of sorted) {
    if (range.length === 0) continue
    const last = runs.at(-1)
    if (last?.ino === range.ino && last.offset + last.length === range.offset) {
      last.length += range.length
      last.ranges.push(range)
    } else {
      runs.push({ ino: range.ino, offset: range.offset, length: range.length, ranges: [range] })
    }
  }
  return runs
}

/**
 * Reads dirty data out of journal segments.
 *
 * Reads are synchronous: the bytes were written moments ago and lie in the page cache, and whoever calls
 * is a thread for CPU work. Each segment is opened once.
 */
export class JournalReader {
  private readonly descriptors = new Map<string, number>()

  /** Fills `target` with the bytes of `run` from `from` on, counted from the start of the run. */
  read(run: DirtyRun, from: number, target: Uint8Array): void {
    let filled = 0
    let start = 0
    for (const range of run.ranges) {
      const skip = Math.max(0, from - start)
      start += range.length
      if (skip >= range.length) continue
      const count = Math.min(range.length - skip, target.length - filled)
      this.readExactly(range.file, range.position + skip, target, filled, count)
      filled += count
      if (filled === target.length) return
    }
  }

  private readExactly(
    file: string,
    position: number,
    target: Uint8Array,
    at: number,
    length: number,
  ): void {
    const descriptor = this.descriptor(file)
    let done = 0
    while (done < length) {
      const count = readSync(descriptor, target, at + done, length - done, position + done)
      if (count === 0) {
        throw new StratusError('JOURNAL_CORRUPT', 'journal segment is shorter than its records', {
          details: { file, position: position + done },
        })
      }
      done += count
    }
  }

  private descriptor(file: string): number {
    const known = this.descriptors.get(file)
    if (known !== undefined) return known
    const opened = openSync(file, 'r')
    this.descriptors.set(file, opened)
    return opened
  }

  /** Closes the segments. */
  close(): void {
    for (const descriptor of this.descriptors.values()) closeSync(descriptor)
    this.descriptors.clear()
  }
}
