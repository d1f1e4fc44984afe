import {
  type CallOptions,
  type Clock,
  type GetOptions,
  type Logger,
  type ObjectBackend,
  type ObjectBackendCapabilities,
  type ObjectEntry,
  type PutOptions,
  type Random,
  StratusError,
} from '../../core/index.ts'
import type { BackendCounters, BackendRequest } from './backend-counters.ts'

/** Shortest and longest pause before a call is tried again, milliseconds. */
const PAUSE_MS = { shortest: 100, longest: 30_000 }

/** How long a call is tried unless the options say otherwise, milliseconds: a day, as S3QL does. */
const DEADLINE_MS_DEFAULT = 24 * 60 * 60 * 1000

/** Least time between two warnings, milliseconds: an outage is one event, not one per request. */
const WARNING_INTERVAL_MS = 10_000

/** How often a call that waits looks whether it should stop, milliseconds. */
const LOOK_INTERVAL_MS = 500

/** What a {@link RetryingBackend} needs. */
export interface RetryParts {
  readonly clock: Clock
  readonly random: Pick<Random, 'fraction'>
  readonly logger: Logger
  /** Where the calls that wait are counted, and which tell them to stop. */
  readonly counters?: Pick<BackendCounters, 'wait' | 'stopped'> | undefined
  /**
   * How long a call is tried, from its first attempt, milliseconds; for a listing, from its last entry.
   *
   * @defaultValue a day
   */
  readonly deadlineMs?: number | undefined
}

/**
 * Tries calls of another backend again when they fail with the kind `unavailable`, and with no other.
 *
 * Pauses grow exponentially with full jitter, so that clients of a store that comes back do not come
 * back all at once. Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * A create whose answer was lost may have taken place. A later attempt that finds the key taken
 * therefore compares: its own bytes are a success.
 */
export class RetryingBackend implements ObjectBackend {
  readonly capabilities: ObjectBackendCapabilities
  readonly #inner: ObjectBackend
  readonly #parts: RetryParts
  readonly #deadlineMs: number
  readonly #closing = new AbortController()
  #warnedMs = Number.NEGATIVE_INFINITY

  /** @param inner - disposed of with this one */
  constructor(inner: ObjectBackend, parts: RetryParts) {
    this.#inner = inner
    this.#parts = parts
    this.#deadlineMs = parts.deadlineMs ?? DEADLINE_MS_DEFAULT
    this.capabilities = inner.capabilities
  }

  async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    const retry = this.#begin('put', options)
    for (;;) {
      try {
        return await this.#inner.put(key, body, options)
      } catch (cause) {
        if (retry.failed && options.ifAbsent && codeOf(cause) === 'OBJECT_EXISTS') {
          if (await this.#holds(key, body, options)) return
          throw cause
        }
        await retry.after(cause)
      }
    }
  }

  get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    return this.#persist('get', options, () => this.#inner.get(key, options))
  }

  delete(key: string, options: CallOptions = {}): Promise<void> {
    return this.#persist('delete', options, () => this.#inner.delete(key, options))
  }

  /** A listing that breaks off goes on behind the last entry it yielded: keys come in order. */
  async *list(prefix: string, options: CallOptions = {}): AsyncIterable<ObjectEntry> {
    let retry = this.#begin('list', options)
    let last = ''
    for (;;) {
      try {
        for await (const entry of this.#inner.list(prefix, options)) {
          if (entry.key <= last) continue
          last = entry.key
          if (retry.failed) retry = this.#begin('list', options)
          yield entry
        }
        return
      } catch (cause) {
        await retry.after(cause)
      }
    }
  }

  /** Ends what waits, then disposes of the inner backend. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new StratusError('FILE_SYSTEM_CLOSED', 'the backend is closed'))
    await this.#inner[Symbol.asyncDispose]()
  }

  async #persist<T>(
    operation: BackendRequest,
    options: CallOptions,
    attempt: () => Promise<T>,
  ): Promise<T> {
    const retry = this.#begin(operation, options)
    for (;;) {
      try {
        return await attempt()
      } catch (cause) {
        await retry.after(cause)
      }
    }
  }

  async #holds(key: string, body: Uint8Array, { signal }: CallOptions): Promise<boolean> {
    const found = await this.get(key, { signal })
    return Buffer.compare(found, body) === 0
  }

  /** Starts to keep count of one call's attempts. */
  #begin(operation: BackendRequest, { signal }: CallOptions) {
    const { clock, random } = this.#parts
    const startMs = clock.monotonicMs()
    let attempt = 0
    return {
      /** Whether an attempt has failed. */
      get failed() {
        return attempt > 0
      },
      /** Waits until the next attempt is due; throws `cause` when there is to be none. */
      after: async (cause: unknown): Promise<void> => {
        if (!(cause instanceof StratusError) || cause.kind !== 'unavailable') throw cause
        signal?.throwIfAborted()
        attempt += 1
        const most = Math.min(PAUSE_MS.longest, PAUSE_MS.shortest * 2 ** attempt)
        const waitMs = PAUSE_MS.shortest + random.fraction() * (most - PAUSE_MS.shortest)
        if (clock.monotonicMs() + waitMs - startMs > this.#deadlineMs) throw cause
        this.#warn({ err: cause, operation, attempt, waitMs: Math.round(waitMs) })
        await this.#pause(waitMs, cause, signal)
      },
    }
  }

  /** Waits; throws `cause` when calls are to stop waiting. */
  async #pause(waitMs: number, cause: unknown, signal: AbortSignal | undefined): Promise<void> {
    const { clock, counters } = this.#parts
    const closing = this.#closing.signal
    const until = signal === undefined ? closing : AbortSignal.any([signal, closing])
    counters?.wait(1)
    try {
      for (let left = waitMs; left > 0; left -= LOOK_INTERVAL_MS) {
        if (counters?.stopped) throw cause
        await clock.sleep(Math.min(left, LOOK_INTERVAL_MS), until)
      }
    } finally {
      counters?.wait(-1)
    }
  }

  #warn(fields: object): void {
    const nowMs = this.#parts.clock.monotonicMs()
    if (nowMs - this.#warnedMs < WARNING_INTERVAL_MS) return
    this.#warnedMs = nowMs
    this.#parts.logger.warn(fields, 'the store does not answer; trying again')
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof StratusError ? error.code : undefined
}
