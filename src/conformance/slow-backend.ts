import type {
  CallOptions,
  GetOptions,
  ObjectBackend,
  ObjectBackendCapabilities,
  ObjectEntry,
  PutOptions,
} from '../core/object-backend.ts'
import type { Clock } from '../core/services.ts'
import type { BackendOperation } from './faulty-backend.ts'

/** How long each kind of call takes before it does anything, milliseconds. Left out: no time. */
export type Delays = Readonly<Partial<Record<BackendOperation, number>>>

/** Makes the calls of another backend take time, as a distant store does. */
export class SlowBackend implements ObjectBackend {
  readonly capabilities: ObjectBackendCapabilities
  readonly #inner: ObjectBackend
  readonly #clock: Clock
  readonly #delays: Delays

  constructor(inner: ObjectBackend, clock: Clock, delays: Delays) {
    this.#inner = inner
    this.#clock = clock
    this.#delays = delays
    this.capabilities = inner.capabilities
  }

  async put(key: string, body: Uint8Array, options?: PutOptions): Promise<void> {
    await this.#wait('put', options?.signal)
    await this.#inner.put(key, body, options)
  }

  async get(key: string, options?: GetOptions): Promise<Uint8Array> {
    await this.#wait('get', options?.signal)
    return await this.#inner.get(key, options)
  }

  async delete(key: string, options?: CallOptions): Promise<void> {
    await this.#wait('delete', options?.signal)
    await this.#inner.delete(key, options)
  }

  async *list(prefix: string, options?: CallOptions): AsyncIterable<ObjectEntry> {
    await this.#wait('list', options?.signal)
    yield* this.#inner.list(prefix, options)
  }

  /** Disposes of the backend within. */
  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#inner[Symbol.asyncDispose]()
  }

  async #wait(operation: BackendOperation, signal: AbortSignal | undefined): Promise<void> {
    const ms = this.#delays[operation]
    if (ms !== undefined) await this.#clock.sleep(ms, signal)
  }
}
