import { definePlugin } from 'stratusfs'

/** @import { BlockId, CachePolicy } from 'stratusfs' */

/** Stands for "no slot" in the links of the queue. */
const NONE = -1

/** Slots to begin with; they double whenever they run out. */
const SLOTS_MIN = 64

/**
 * Offers blocks in the order in which they came, and passes over those that were read since it last
 * came by.
 *
 * Zhang, Yang, Yue, Vigfusson, Rashmi, "SIEVE is Simpler than LRU: an Efficient Turn-Key Eviction
 * Algorithm for Web Caches", NSDI 2024. The names `hand` and `visited` are theirs.
 *
 * A queue in arrays: 17 bytes for a block, and about 40 in the map that finds its slot.
 *
 * @implements {CachePolicy}
 */
export class SievePolicy {
  /** @type {Map<BlockId, number>} */
  #slots = new Map()
  /** `#blocks[slot]` is the block in a slot in use. */
  #blocks = new Float64Array(SLOTS_MIN)
  /** `#newer[slot]` is the slot admitted next after it; for a free slot, the next free one. */
  #newer = new Int32Array(SLOTS_MIN)
  /** `#older[slot]` is the slot admitted last before it. Means nothing for a free slot. */
  #older = new Int32Array(SLOTS_MIN)
  /** `#visited[slot]` is 1 when the block was read since the hand passed it. */
  #visited = new Uint8Array(SLOTS_MIN)
  #oldest = NONE
  #newest = NONE
  /** Slot to look at next; NONE stands for the oldest. */
  #hand = NONE
  #free = NONE
  /** Slots from this one on were never used. */
  #fresh = 0

  /** @param {BlockId} block */
  admitted(block) {
    // A block that comes twice was of use: it keeps its place, as if it had been read.
    if (this.#slots.has(block)) return this.touched(block)
    const slot = this.#take()
    this.#slots.set(block, slot)
    this.#blocks[slot] = block
    this.#visited[slot] = 0
    this.#older[slot] = this.#newest
    this.#newer[slot] = NONE
    if (this.#newest === NONE) this.#oldest = slot
    else this.#newer[this.#newest] = slot
    this.#newest = slot
  }

  /** @param {BlockId} block */
  touched(block) {
    const slot = this.#slots.get(block)
    if (slot !== undefined) this.#visited[slot] = 1
  }

  /** @param {BlockId} block */
  removed(block) {
    const slot = this.#slots.get(block)
    if (slot === undefined) return
    this.#slots.delete(block)
    const older = at(this.#older, slot)
    const newer = at(this.#newer, slot)
    if (older === NONE) this.#oldest = newer
    else this.#newer[older] = newer
    if (newer === NONE) this.#newest = older
    else this.#older[newer] = older
    if (this.#hand === slot) this.#hand = newer
    this.#newer[slot] = this.#free
    this.#free = slot
  }

  /**
   * The hand stays at the block it offers, and leaves pinned ones behind: the next call does not meet
   * them again until it has been through all the others.
   *
   * @param {(block: BlockId) => boolean} pinned
   */
  victim(pinned) {
    let pinnedInARow = 0
    // Marks are gone after one lap, so this ends within two.
    while (pinnedInARow < this.#slots.size) {
      const slot = this.#hand === NONE ? this.#oldest : this.#hand
      const block = at(this.#blocks, slot)
      if (this.#visited[slot] === 1) {
        this.#visited[slot] = 0
        pinnedInARow = 0
      } else if (pinned(block)) {
        pinnedInARow += 1
      } else {
        this.#hand = slot
        return block
      }
      this.#hand = at(this.#newer, slot)
    }
    return undefined
  }

  /** Returns a slot that is not in use. */
  #take() {
    const slot = this.#free
    if (slot !== NONE) {
      this.#free = at(this.#newer, slot)
      return slot
    }
    if (this.#fresh === this.#blocks.length) this.#grow()
    return this.#fresh++
  }

  #grow() {
    const slots = 2 * this.#blocks.length
    this.#blocks = copied(this.#blocks, new Float64Array(slots))
    this.#newer = copied(this.#newer, new Int32Array(slots))
    this.#older = copied(this.#older, new Int32Array(slots))
    this.#visited = copied(this.#visited, new Uint8Array(slots))
  }
}

/**
 * Fills the start of a larger array.
 *
 * @template {{ set(from: Values): void }} Values
 * @param {Values} from
 * @param {Values} to
 */
function copied(from, to) {
  to.set(from)
  return to
}

/**
 * Reads a slot that is known to exist.
 *
 * @param {Float64Array | Int32Array} array
 * @param {number} slot
 */
function at(array, slot) {
  return /** @type {number} */ (array[slot])
}

export default definePlugin({
  apiVersion: 1,
  kind: 'cache',
  id: 'sieve',
  // There are none. A schema of zod, valibot or arktype could stand here as well.
  options: {
    '~standard': {
      version: 1,
      vendor: 'stratus-plugin-sieve',
      validate(value) {
        const unknown = Object.keys(Object(value))
        if (unknown.length === 0) return { value: {} }
        return { issues: [{ message: `there are no options; unknown: ${unknown.join(', ')}` }] }
      },
    },
  },
  create: async () => new SievePolicy(),
})
