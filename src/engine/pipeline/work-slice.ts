import { setImmediate as nextTurn } from 'node:timers/promises'

/** Work between two pauses, in bytes of data; a few milliseconds with a fast compressor. */
const SLICE_BYTES = 1024 * 1024

/** What one block costs beyond its bytes, in bytes. */
const BLOCK_COST_BYTES = 16 * 1024

/**
 * Lets other requests of the same thread have their turn during long work.
 *
 * Counts work and not time, so that a run does not depend on a clock.
 */
export class WorkSlice {
  private left = SLICE_BYTES

  /** Accounts for one block. Returns whether {@link WorkSlice.pause} is due. */
  spend(bytes: number): boolean {
    this.left -= bytes + BLOCK_COST_BYTES
    return this.left <= 0
  }

  /** Resolves after everybody else had a turn. */
  async pause(): Promise<void> {
    this.left = SLICE_BYTES
    await nextTurn()
  }
}
