import type {
  CallOptions,
  GetOptions,
  ObjectBackend,
  ObjectBackendCapabilities,
  ObjectEntry,
  PutOptions,
} from '../../core/index.ts'
import type { BackendCounters, BackendRequest } from './backend-counters.ts'

/** Counts the requests to another backend and the bytes they carry. Stands closest to the store. */
export class CountingBackend implements ObjectBackend {
  readonly capabilities: ObjectBackendCapabilities
  readonly #inner: ObjectBackend
  readonly #counters: BackendCounters

  /** @param inner - disposed of with this one */
  constructor(inner: ObjectBackend, counters: BackendCounters) {
    this.#inner = inner
    this.#counters = counters
    this.capabilities = inner.capabilities
  }

  async put(key: string, body: Uint8Array, options?: PutOptions): Promise<void> {
    await this.#count('put', () => this.#inner.put(key, body, options))
    this.#counters.add('put', 'bytes', body.byteLength)
  }

  async get(key: string, options?: GetOptions): Promise<Uint8Array> {
    const bytes = await this.#count('get', () => this.#inner.get(key, options))
    this.#counters.add('get', 'bytes', bytes.byteLength)
    return bytes
  }

  async delete(key: string, options?: CallOptions): Promise<void> {
    await this.#count('delete', () => this.#inner.delete(key, options))
  }

  async *list(prefix: string, options?: CallOptions): AsyncIterable<ObjectEntry> {
    this.#counters.add('list', 'requests')
    try {
      yield* this.#inner.list(prefix, options)
    } catch (cause) {
      this.#counters.add('list', 'failures')
      throw cause
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]()
  }

  async #count<T>(request: BackendRequest, call: () => Promise<T>): Promise<T> {
    this.#counters.add(request, 'requests')
    try {
      return await call()
    } catch (cause) {
      this.#counters.add(request, 'failures')
      throw cause
    }
  }
}
