import { constants } from 'node:buffer'
import { StratusError } from '../../core/errors.ts'
import type {
  CallOptions,
  GetOptions,
  ObjectBackend,
  ObjectBackendCapabilities,
  ObjectEntry,
  PutOptions,
} from '../../core/object-backend.ts'
import { checkKey } from './object-key.ts'

/** One object and when it was written. */
export interface StoredObject {
  readonly body: Uint8Array
  readonly modifiedMs: number
}

/** Objects in a map. Every call takes effect at once, before its promise settles. */
export class MemoryBackend implements ObjectBackend {
  readonly capabilities: ObjectBackendCapabilities = {
    conditionalPut: true,
    maxObjectBytes: constants.MAX_LENGTH,
    maxConcurrency: 64,
    sharedBetweenThreads: false,
  }
  protected readonly objects: Map<string, StoredObject>
  readonly #nowMs: () => number

  constructor(objects: Map<string, StoredObject>, nowMs: () => number) {
    this.objects = objects
    this.#nowMs = nowMs
  }

  async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    checkKey(key)
    options.signal?.throwIfAborted()
    if (options.ifAbsent && this.objects.has(key)) {
      throw new StratusError('OBJECT_EXISTS', 'object exists', { details: { key } })
    }
    this.objects.set(key, { body: new Uint8Array(body), modifiedMs: this.#nowMs() })
  }

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    checkKey(key)
    options.signal?.throwIfAborted()
    const body = this.objects.get(key)?.body
    if (body === undefined) {
      throw new StratusError('OBJECT_NOT_FOUND', 'object not found', { details: { key } })
    }
    const { offset, length } = options.range ?? { offset: 0, length: body.length }
    return body.slice(offset, offset + length)
  }

  async delete(key: string, options: CallOptions = {}): Promise<void> {
    checkKey(key)
    options.signal?.throwIfAborted()
    this.objects.delete(key)
  }

  /** Yields what is stored at the first step, whatever happens to it during the listing. */
  async *list(prefix: string, options: CallOptions = {}): AsyncIterable<ObjectEntry> {
    const entries = [...this.objects].filter(([key]) => key.startsWith(prefix))
    entries.sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [key, { body, modifiedMs }] of entries) {
      options.signal?.throwIfAborted()
      yield { key, sizeBytes: body.length, modifiedMs }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
