/**
 * Plain copies of clean blocks on the local disk: one file, and in memory where each block lies.
 *
 * Invariants:
 * - An entry's runs hold the whole authenticated plaintext; entries are added only after that is so.
 * - A pinned block is not evicted.
 * - Used plus free space is the capacity; the file never grows beyond it.
 *
 * Nothing in the file is needed by the next session, which empties it.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import type { BlockId, CachePolicy } from '../../core/index.ts'
import type { CacheRun } from '../pipeline/pipeline.ts'
import { SpaceMap } from './space-map.ts'

/** Figures for the statistics. */
export interface BlockCacheFigures {
  readonly blocks: number
  readonly usedBytes: number
  readonly capacityBytes: number
  readonly hits: number
  readonly misses: number
}

/** See the module comment. */
export class BlockCache {
  /** Path of the file, for the threads that write to it. */
  readonly file: string
  readonly #fd: number
  readonly #policy: CachePolicy
  readonly #space: SpaceMap
  readonly #entries = new Map<BlockId, readonly CacheRun[]>()
  readonly #pins = new Map<BlockId, number>()
  readonly #capacityBytes: number
  #hits = 0
  #misses = 0
  readonly #isPinned = (block: BlockId): boolean => this.#pins.has(block)

  /** Makes an empty cache; a file left by another session is emptied. */
  constructor(file: string, capacityBytes: number, policy: CachePolicy) {
    this.#policy = policy
    this.#capacityBytes = capacityBytes
    this.#space = new SpaceMap(capacityBytes)
    this.#fd = openSync(file, 'w+', 0o600)
    // By its descriptor: the name may be gone by the time a thread wants to write.
    this.file = `/proc/self/fd/${this.#fd}`
  }

  get figures(): BlockCacheFigures {
    return {
      blocks: this.#entries.size,
      usedBytes: this.#capacityBytes - this.#space.freeBytes,
      capacityBytes: this.#capacityBytes,
      hits: this.#hits,
      misses: this.#misses,
    }
  }

  has(block: BlockId): boolean {
    return this.#entries.has(block)
  }

  /** Copies bytes of a block to `target`; returns `false` when the block is not here. */
  read(block: BlockId, blockOffset: number, target: Uint8Array): boolean {
    const runs = this.#entries.get(block)
    if (runs === undefined) {
      this.#misses++
      return false
    }
    this.#hits++
    this.#policy.touched(block)
    let skip = blockOffset
    let done = 0
    for (const run of runs) {
      if (skip >= run.length) {
        skip -= run.length
        continue
      }
      const length = Math.min(run.length - skip, target.byteLength - done)
      if (readSync(this.#fd, target, done, length, run.position + skip) < length) {
        // Somebody cut the file short: what is in `target` now is not the block.
        this.evict(block)
        return false
      }
      done += length
      skip = 0
      if (done === target.byteLength) break
    }
    return true
  }

  /** Makes room for a block, evicting others; `undefined` when everything is pinned or too small. */
  reserve(bytes: number): readonly CacheRun[] | undefined {
    if (SpaceMap.occupied(bytes) > this.#capacityBytes) return undefined
    for (;;) {
      const runs = this.#space.allocate(bytes)
      if (runs !== undefined) return runs
      const victim = this.#policy.victim(this.#isPinned)
      if (victim === undefined) return undefined
      this.evict(victim)
    }
  }

  /** Enters a block whose bytes now lie in `runs`. */
  admit(block: BlockId, runs: readonly CacheRun[]): void {
    if (this.#entries.has(block)) {
      this.#space.release(runs)
      return
    }
    this.#entries.set(block, runs)
    this.#policy.admitted(block)
  }

  /** Gives back room that was not used after all. */
  release(runs: readonly CacheRun[]): void {
    this.#space.release(runs)
  }

  /** Drops a block. */
  evict(block: BlockId): void {
    const runs = this.#entries.get(block)
    this.#policy.removed(block)
    if (runs === undefined) return
    this.#entries.delete(block)
    this.#space.release(runs)
  }

  /** Drops every block that is not pinned. */
  clear(): void {
    for (const block of [...this.#entries.keys()]) if (!this.#pins.has(block)) this.evict(block)
  }

  /** Keeps a block, here already or about to come, until `unpin`. */
  pin(block: BlockId): void {
    this.#pins.set(block, (this.#pins.get(block) ?? 0) + 1)
  }

  unpin(block: BlockId): void {
    const count = (this.#pins.get(block) ?? 0) - 1
    if (count > 0) this.#pins.set(block, count)
    else this.#pins.delete(block)
  }

  close(): void {
    closeSync(this.#fd)
  }
}
