import type { Ino } from '../../core/units.ts'

/** What is left of a READ request when its slot was given back. */
export interface ParkedRead {
  readonly uniqueLow: number
  readonly uniqueHigh: number
  readonly ino: Ino
  readonly offset: number
  readonly size: number
}

/**
 * Bounds the slots that slow reads occupy, so that requests for metadata always find one.
 *
 * The kernel bounds reads in the background itself; those that a program waits for have no bound
 * but the number of programs.
 */
export class ReadGate {
  private inside = 0
  private readonly parked: ParkedRead[] = []

  /**
   * @param limit - slots that reads under way may occupy
   */
  constructor(private readonly limit: number) {}

  /** Whether a read has to wait. */
  get isFull(): boolean {
    return this.inside >= this.limit
  }

  /** Whether reads wait. */
  get hasParked(): boolean {
    return this.parked.length > 0
  }

  /** A read occupies its slot for longer. */
  enter(): void {
    this.inside += 1
  }

  /** A read has its data. */
  leave(): void {
    this.inside -= 1
  }

  /** Keeps a read until there is room for it. */
  park(read: ParkedRead): void {
    this.parked.push(read)
  }

  /** Takes the read that has waited longest. */
  unpark(): ParkedRead | undefined {
    return this.parked.shift()
  }
}
