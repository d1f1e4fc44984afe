import type { ByteRange } from '../../core/index.ts'
import type { CopySource } from './pipeline.ts'

/** Bytes between two blocks that are cheaper to read along than to ask for separately. */
const GAP_BYTES_MAX = 64 * 1024

/** Most bytes read at once. */
const GROUP_BYTES_MAX = 8 * 1024 * 1024

/** Blocks of one pack that are read with one request. */
export interface CopyGroup {
  readonly key: string
  /** Id of the pack. */
  readonly pack: Uint8Array
  /** Covers all the blocks, counted from the start of the object. */
  readonly range: ByteRange
  readonly sources: readonly CopySource[]
}

/** Groups neighbouring blocks, by object and place. */
export function groupSources(sources: readonly CopySource[]): CopyGroup[] {
  const sorted = sources.toSorted((a, b) => compareKeys(a.key, b.key) || startOf(a) - startOf(b))
  const groups: { start: number; end: number; sources: [CopySource, ...CopySource[]] }[] = []
  for (const source of sorted) {
    const start = startOf(source)
    const end = start + source.storedBytes
    const last = groups.at(-1)
    if (
      last !== undefined &&
      isSamePack(last.sources[0], source) &&
      start - last.end <= GAP_BYTES_MAX &&
      end - last.start <= GROUP_BYTES_MAX
    ) {
      last.sources.push(source)
      last.end = Math.max(last.end, end)
    } else {
      groups.push({ start, end, sources: [source] })
    }
  }
  return groups.map(({ start, end, sources: [first, ...rest] }) => ({
    key: first.key,
    pack: first.pack,
    range: { offset: start, length: end - start },
    sources: [first, ...rest],
  }))
}

function startOf(source: CopySource): number {
  return source.containerOffset + source.offset
}

function isSamePack(a: CopySource, b: CopySource): boolean {
  return a.key === b.key && Buffer.compare(a.pack, b.pack) === 0
}

function compareKeys(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
