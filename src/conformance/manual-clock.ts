import type { Clock } from '../core/services.ts'

interface Sleeper {
  readonly wakeMs: number
  readonly wake: () => void
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #elapsedMs = 0
  #sleepers: Sleeper[] = []
  readonly #startMs: number

  /**
   * @param startMs - what `nowMs` says at first
   */
  constructor(startMs = Date.UTC(2025, 0, 1)) {
    this.#startMs = startMs
  }

  /** How many calls of `sleep` wait. */
  get sleeping(): number {
    return this.#sleepers.length
  }

  nowMs(): number {
    return this.#startMs + this.#elapsedMs
  }

  monotonicMs(): number {
    return this.#elapsedMs
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (ms <= 0) return
    const { promise, resolve, reject } = settleable()
    const sleeper = { wakeMs: this.#elapsedMs + ms, wake: resolve }
    const abort = () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
      reject(signal?.reason)
    }
    this.#sleepers.push(sleeper)
    signal?.addEventListener('abort', abort, { once: true })
    await promise.finally(() => signal?.removeEventListener('abort', abort))
  }

  /**
   * Moves the clock and wakes whoever sleeps until then, in the order of their times. What they do next
   * may sleep again within the same span.
   */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms
    for (;;) {
      await turn()
      const next = this.#sleepers.toSorted((a, b) => a.wakeMs - b.wakeMs)[0]
      if (next === undefined || next.wakeMs > untilMs) break
      this.#elapsedMs = Math.max(this.#elapsedMs, next.wakeMs)
      this.#sleepers = this.#sleepers.filter((other) => other !== next)
      next.wake()
    }
    this.#elapsedMs = untilMs
  }
}

function settleable() {
  let resolve: () => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}

/** Lets everything run that only waits for promises. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
