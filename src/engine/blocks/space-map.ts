import type { CacheRun } from '../pipeline/pipeline.ts'

/** Unit of allocation in the cache file, bytes: the page size, so that reads of runs are aligned. */
const UNIT_BYTES = 4096

/** A run of free units. */
interface FreeRun {
  start: number
  units: number
}

/**
 * Free space of the block cache's file.
 *
 * A block may lie in several runs, so space never gets too fragmented to use. Allocation goes through
 * the free runs in turn, which keeps neighbours of one fetch together; runs are joined again by
 * sorting when their number has doubled.
 */
export class SpaceMap {
  readonly #free: FreeRun[]
  #freeUnits: number
  #sortAt = 1024

  /** @param capacityBytes - size of the file; rounded down to whole units */
  constructor(capacityBytes: number) {
    this.#freeUnits = Math.floor(capacityBytes / UNIT_BYTES)
    this.#free = this.#freeUnits > 0 ? [{ start: 0, units: this.#freeUnits }] : []
  }

  /** Bytes a block of `bytes` occupies. */
  static occupied(bytes: number): number {
    return Math.ceil(bytes / UNIT_BYTES) * UNIT_BYTES
  }

  /** Free space, bytes. */
  get freeBytes(): number {
    return this.#freeUnits * UNIT_BYTES
  }

  /** Takes room for `bytes`, or returns `undefined` when there is too little. */
  allocate(bytes: number): CacheRun[] | undefined {
    let needed = Math.ceil(bytes / UNIT_BYTES)
    if (needed > this.#freeUnits) return undefined
    this.#freeUnits -= needed
    const runs: CacheRun[] = []
    let left = bytes
    while (needed > 0) {
      const run = this.#free[this.#free.length - 1] as FreeRun
      const units = Math.min(needed, run.units)
      const length = Math.min(left, units * UNIT_BYTES)
      runs.push({ position: run.start * UNIT_BYTES, length })
      left -= length
      needed -= units
      run.start += units
      run.units -= units
      if (run.units === 0) this.#free.pop()
    }
    return runs
  }

  /** Gives back what `allocate` returned. */
  release(runs: readonly CacheRun[]): void {
    for (const run of runs) {
      const units = Math.ceil(run.length / UNIT_BYTES)
      this.#freeUnits += units
      this.#free.push({ start: run.position / UNIT_BYTES, units })
    }
    if (this.#free.length > this.#sortAt) this.#join()
  }

  #join(): void {
    this.#free.sort((a, b) => b.start - a.start)
    let kept = 0
    for (const run of this.#free) {
      const before = this.#free[kept - 1]
      if (before !== undefined && run.start + run.units === before.start) {
        before.start = run.start
        before.units += run.units
      } else {
        this.#free[kept++] = run
      }
    }
    this.#free.length = kept
    this.#sortAt = Math.max(1024, kept * 2)
  }
}
