import type { MetadataStore } from '../core/metadata-store.ts'
import { type BlockId, type Ino, OFFSET_MAX } from '../core/units.ts'

/** Bytes of the model's files. */
const FILE_BYTES = 64

/** Blocks the model uses: 1 to this. */
const BLOCKS = 8

/** What each byte of two small files should be: the simplest thing that does what extents do. */
export interface ExtentModel {
  /** Bytes of a file as block and offset in the block; empty where there is a hole. */
  expected(ino: Ino): string[]
  /** The same as the store has it. A byte that two extents cover says so. */
  painted(store: MetadataStore, ino: Ino): string[]
  /** Blocks that no byte refers to. */
  unused(): BlockId[]
}

/**
 * Maps and unmaps ranges of two files at random, the same way each time.
 *
 * @param store - holds blocks 1 to 8
 * @param check - called after each step
 */
export function extentModelRun(
  store: MetadataStore,
  steps: number,
  check: (model: ExtentModel, step: number) => void,
): void {
  const random = lehmer(1)
  const files = new Map<Ino, string[]>([
    [1, hole()],
    [2, hole()],
  ])
  const model: ExtentModel = {
    expected: (ino) => files.get(ino) ?? [],
    painted,
    unused() {
      const used = new Set([...files.values()].flat().map((byte) => byte.split('+')[0]))
      return Array.from({ length: BLOCKS }, (_, at) => at + 1).filter((id) => !used.has(`${id}`))
    },
  }
  for (let step = 0; step < steps; step++) {
    const ino = 1 + random(2)
    const offset = random(FILE_BYTES)
    const length = 1 + random(FILE_BYTES - offset)
    const bytes = model.expected(ino)
    if (random(3) === 0) {
      const all = random(5) === 0
      store.clearExtents(ino, offset, all ? OFFSET_MAX : length)
      bytes.fill('', offset, all ? FILE_BYTES : offset + length)
    } else {
      const block = 1 + random(BLOCKS)
      const blockOffset = random(1000)
      store.putExtent({ ino, offset, length, block, blockOffset })
      for (let at = 0; at < length; at++) bytes[offset + at] = `${block}+${blockOffset + at}`
    }
    check(model, step)
  }
}

function hole(): string[] {
  return Array.from({ length: FILE_BYTES }, () => '')
}

function painted(store: MetadataStore, ino: Ino): string[] {
  const bytes = hole()
  for (const { extent } of store.extents(ino, 0, OFFSET_MAX)) {
    for (let at = 0; at < extent.length; at++) {
      const byte = extent.offset + at
      const value = `${extent.block}+${extent.blockOffset + at}`
      bytes[byte] = bytes[byte] ? `overlap of ${bytes[byte]} and ${value}` : value
    }
  }
  return bytes
}

/**
 * Returns a source of numbers below a bound, the same ones for the same seed.
 *
 * Park and Miller, "Random number generators: good ones are hard to find", CACM 1988.
 */
function lehmer(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (state * 48_271) % 2_147_483_647
    return state % bound
  }
}
