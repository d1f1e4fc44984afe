/** Which requests bring a set of blocks: pure, so that it can be tested without a store. */
import type { BlockRow, PackNumber } from '../../core/index.ts'

/** Largest request, bytes: long enough to hide a round trip, short enough to run several at once. */
export const REQUEST_BYTES_MAX: number = 4 * 1024 * 1024

/**
 * Largest hole in a request, bytes. Reading 128 KiB too many costs less than another request at any
 * rate above 4 MiB/s and 30 ms round trip.
 */
const GAP_BYTES_MAX = 128 * 1024

/** Neighbouring blocks of one pack. */
export interface FetchGroup {
  readonly pack: PackNumber
  readonly blocks: BlockRow[]
}

/** Joins blocks into requests: by pack, in order of their offsets. */
export function planFetches(blocks: readonly BlockRow[]): FetchGroup[] {
  const sorted = [...blocks].sort((a, b) => a.pack - b.pack || a.offset - b.offset)
  const groups: FetchGroup[] = []
  let group: FetchGroup | undefined
  let start = 0
  let end = 0
  for (const block of sorted) {
    const blockEnd = block.offset + block.storedBytes
    const joins =
      group !== undefined &&
      group.pack === block.pack &&
      block.offset - end <= GAP_BYTES_MAX &&
      blockEnd - start <= REQUEST_BYTES_MAX
    if (group === undefined || !joins) {
      group = { pack: block.pack, blocks: [] }
      groups.push(group)
      start = block.offset
    }
    group.blocks.push(block)
    end = blockEnd
  }
  return groups
}
