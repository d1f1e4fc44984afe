import { StratusError } from '../core/errors.ts'
import type {
  CallOptions,
  GetOptions,
  ObjectBackend,
  ObjectBackendCapabilities,
  ObjectEntry,
  PutOptions,
} from '../core/object-backend.ts'

/** A call of {@link ObjectBackend}. */
export type BackendOperation = 'put' | 'get' | 'delete' | 'list'

/** One failure to come. */
export interface Fault {
  /** Which calls count. */
  readonly operation: BackendOperation
  /** Which of them fails; the first is 1. */
  readonly call: number
  /** Whether the call does its work first, so that only its answer is lost. */
  readonly when: 'before' | 'after'
  /** What the caller gets. Default: `BACKEND_UNAVAILABLE`. */
  readonly error?: Error | undefined
}

/**
 * Fails chosen calls of another backend, before or after they took effect.
 *
 * Without faults it only counts. Faults may be added while it is in use.
 */
export class FaultyBackend implements ObjectBackend {
  readonly capabilities: ObjectBackendCapabilities
  /** Failures to come; those that happened stay in the list. */
  readonly faults: Fault[]
  /** Calls so far. */
  readonly calls: Record<BackendOperation, number> = { put: 0, get: 0, delete: 0, list: 0 }
  readonly #inner: ObjectBackend

  constructor(inner: ObjectBackend, faults: readonly Fault[] = []) {
    this.#inner = inner
    this.capabilities = inner.capabilities
    this.faults = [...faults]
  }

  put(key: string, body: Uint8Array, options?: PutOptions): Promise<void> {
    return this.#call('put', () => this.#inner.put(key, body, options))
  }

  get(key: string, options?: GetOptions): Promise<Uint8Array> {
    return this.#call('get', () => this.#inner.get(key, options))
  }

  delete(key: string, options?: CallOptions): Promise<void> {
    return this.#call('delete', () => this.#inner.delete(key, options))
  }

  async *list(prefix: string, options?: CallOptions): AsyncIterable<ObjectEntry> {
    const fault = this.#next('list')
    if (fault?.when === 'before') throw errorOf(fault)
    yield* this.#inner.list(prefix, options)
    if (fault) throw errorOf(fault)
  }

  /** Disposes of the backend within. */
  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#inner[Symbol.asyncDispose]()
  }

  async #call<T>(operation: BackendOperation, call: () => Promise<T>): Promise<T> {
    const fault = this.#next(operation)
    if (fault?.when === 'before') throw errorOf(fault)
    const result = await call()
    if (fault) throw errorOf(fault)
    return result
  }

  #next(operation: BackendOperation): Fault | undefined {
    const call = ++this.calls[operation]
    return this.faults.find((fault) => fault.operation === operation && fault.call === call)
  }
}

function errorOf({ operation, call, error }: Fault): Error {
  return error ?? new StratusError('BACKEND_UNAVAILABLE', 'fault', { details: { operation, call } })
}
