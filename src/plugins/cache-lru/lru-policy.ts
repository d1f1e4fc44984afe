import type { CachePolicy } from '../../core/cache-policy.ts'
import type { BlockId } from '../../core/units.ts'

/** Stands for "no slot" in the links of the list. */
const NONE = -1

/** Slots to begin with; they double whenever they run out. */
const SLOTS_MIN = 64

/**
 * Offers the block that was not used for the longest time.
 *
 * A list in arrays: 16 bytes for a block, and about 40 in the map that finds its slot. The map alone, kept
 * in order of use, would not do: V8 leaves a gap for each removed key, and finding the first key
 * means walking over all gaps before it.
 */
export class LruPolicy implements CachePolicy {
  readonly #slots = new Map<BlockId, number>()
  /** `#blocks[slot]` is the block in a slot in use. */
  #blocks = new Float64Array(SLOTS_MIN)
  /** `#newer[slot]` is the slot used next after it; for a free slot, the next free one. */
  #newer = new Int32Array(SLOTS_MIN)
  /** `#older[slot]` is the slot used last before it. Means nothing for a free slot. */
  #older = new Int32Array(SLOTS_MIN)
  #oldest = NONE
  #newest = NONE
  #free = NONE
  /** Slots from this one on were never used. */
  #fresh = 0

  admitted(block: BlockId): void {
    const known = this.#slots.get(block)
    const slot = known ?? this.#take()
    if (known === undefined) {
      this.#blocks[slot] = block
      this.#slots.set(block, slot)
    } else {
      this.#unlink(slot)
    }
    this.#append(slot)
  }

  touched(block: BlockId): void {
    const slot = this.#slots.get(block)
    if (slot === undefined || slot === this.#newest) return
    this.#unlink(slot)
    this.#append(slot)
  }

  removed(block: BlockId): void {
    const slot = this.#slots.get(block)
    if (slot === undefined) return
    this.#slots.delete(block)
    this.#unlink(slot)
    this.#newer[slot] = this.#free
    this.#free = slot
  }

  /** A pinned block counts as used: the next call does not meet it again. */
  victim(pinned: (block: BlockId) => boolean): BlockId | undefined {
    for (let left = this.#slots.size; left > 0; left--) {
      const slot = this.#oldest
      const block = at(this.#blocks, slot)
      if (!pinned(block)) return block
      this.#unlink(slot)
      this.#append(slot)
    }
    return undefined
  }

  /** Returns a slot that is not in use. */
  #take(): number {
    const slot = this.#free
    if (slot !== NONE) {
      this.#free = at(this.#newer, slot)
      return slot
    }
    if (this.#fresh === this.#blocks.length) this.#grow()
    return this.#fresh++
  }

  #grow(): void {
    const slots = 2 * this.#blocks.length
    const blocks = new Float64Array(slots)
    const newer = new Int32Array(slots)
    const older = new Int32Array(slots)
    blocks.set(this.#blocks)
    newer.set(this.#newer)
    older.set(this.#older)
    this.#blocks = blocks
    this.#newer = newer
    this.#older = older
  }

  #append(slot: number): void {
    this.#older[slot] = this.#newest
    this.#newer[slot] = NONE
    if (this.#newest === NONE) this.#oldest = slot
    else this.#newer[this.#newest] = slot
    this.#newest = slot
  }

  #unlink(slot: number): void {
    const older = at(this.#older, slot)
    const newer = at(this.#newer, slot)
    if (older === NONE) this.#oldest = newer
    else this.#newer[older] = newer
    if (newer === NONE) this.#newest = older
    else this.#older[newer] = older
  }
}

/** Reads a slot that is known to exist. */
function at(array: Float64Array | Int32Array, slot: number): number {
  return array[slot] as number
}
