import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../core/index.ts'

/** Difference from which the two clocks of this machine are taken to have drifted apart, ms. */
const DRIFT_MS = 2

let offsetMs = Date.now() - performance.now()

/**
 * The clock of this machine.
 *
 * `Date.now` follows adjustments of the system's time but counts whole milliseconds;
 * `performance.now` is fine-grained but knows no date. The one gives the date, the other the fraction.
 */
export const systemClock: Clock = {
  nowMs() {
    const monotonic = performance.now()
    const wall = Date.now()
    if (Math.abs(offsetMs + monotonic - wall) > DRIFT_MS) offsetMs = wall - monotonic
    return offsetMs + monotonic
  },
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal })
    } catch (error) {
      throw signal?.aborted ? signal.reason : error
    }
  },
}
