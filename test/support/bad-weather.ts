/** A bucket whose requests fail as a test wishes, and a clock that does not wait for better times. */
import type { BackendOperation } from '../../src/conformance/faulty-backend.ts'
import { StratusError } from '../../src/core/errors.ts'
import type { ObjectBackend } from '../../src/core/object-backend.ts'
import type { Clock } from '../../src/core/services.ts'
import { systemClock } from '../../src/host/system-clock.ts'

/** What happens to one request. */
export type Weather = 'fine' | 'unavailable' | 'denied' | 'answerLost'

/** See the module comment. */
export class BadWeather implements ObjectBackend {
  readonly capabilities
  /** Requests that failed. */
  failures = 0
  /** Decides about each request. */
  weather: (operation: BackendOperation, key: string) => Weather = () => 'fine'

  constructor(private readonly inner: ObjectBackend) {
    this.capabilities = inner.capabilities
  }

  put: ObjectBackend['put'] = (key, body, options) =>
    this.#through('put', key, () => this.inner.put(key, body, options))

  get: ObjectBackend['get'] = (key, options) =>
    this.#through('get', key, () => this.inner.get(key, options))

  delete: ObjectBackend['delete'] = (key, options) =>
    this.#through('delete', key, () => this.inner.delete(key, options))

  async *list(prefix: string) {
    await this.#through('list', prefix, async () => {})
    yield* this.inner.list(prefix)
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.inner[Symbol.asyncDispose]()
  }

  async #through<T>(operation: BackendOperation, key: string, call: () => Promise<T>): Promise<T> {
    const weather = this.weather(operation, key)
    if (weather === 'fine') return await call()
    this.failures++
    if (weather === 'answerLost') await call().catch(() => {})
    if (weather === 'denied') throw new StratusError('BACKEND_DENIED', 'denied for a test')
    throw new StratusError('BACKEND_UNAVAILABLE', 'unavailable for a test')
  }
}

/** Sleeps no longer than a turn of the event loop. */
export const hastyClock: Clock = {
  nowMs: () => systemClock.nowMs(),
  monotonicMs: () => systemClock.monotonicMs(),
  sleep: async (_ms, signal) => {
    await new Promise((resolve) => setImmediate(resolve))
    signal?.throwIfAborted()
  },
}

/** Returns numbers in [0, 1) that are the same for the same seed. */
export function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
