import type { Operations } from '../../core/operations.ts'
import type { Ino } from '../../core/units.ts'

/**
 * The references that the kernel holds to inodes.
 *
 * The kernel forgets one by one while it runs and not at all when the mount goes: the rest is given
 * back here.
 */
export class References {
  private readonly counts = new Map<Ino, number>()

  constructor(private readonly operations: Operations) {}

  /** A reference was handed to the kernel. */
  taken(ino: Ino): void {
    this.counts.set(ino, (this.counts.get(ino) ?? 0) + 1)
  }

  /** The kernel gave references back. */
  returned(ino: Ino, count: number): void {
    const held = this.counts.get(ino)
    if (held === undefined) return
    if (count >= held) this.counts.delete(ino)
    else this.counts.set(ino, held - count)
    this.operations.forget(ino, Math.min(count, held))
  }

  /** Gives back whatever is left. */
  returnAll(): void {
    for (const [ino, count] of this.counts) this.operations.forget(ino, count)
    this.counts.clear()
  }
}
