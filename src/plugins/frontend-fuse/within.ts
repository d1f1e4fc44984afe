import type { Clock } from '../../core/services.ts'

/** Waits for `promise`, but no longer than `ms`. Returns whether it settled in time. */
export async function within(
  clock: Clock,
  ms: number,
  promise: Promise<unknown>,
): Promise<boolean> {
  const timer = new AbortController()
  try {
    const late = clock.sleep(ms, timer.signal).then(() => false)
    return await Promise.race([promise.then(() => true), late])
  } finally {
    timer.abort()
  }
}
