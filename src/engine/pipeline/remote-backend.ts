import type {
  CallOptions,
  GetOptions,
  ObjectBackend,
  ObjectBackendCapabilities,
  ObjectEntry,
  PutOptions,
} from '../../core/index.ts'
import type { PipelineLink } from './pipeline-link.ts'

/** The backend of the pipeline threads, for the core thread. */
export class RemoteBackend implements ObjectBackend {
  private nextList = 1

  /**
   * @param choose - returns the link to use next
   */
  constructor(
    readonly capabilities: ObjectBackendCapabilities,
    private readonly choose: () => PipelineLink,
  ) {}

  async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    // The caller keeps its buffer, so a copy is what moves.
    const moved = new Uint8Array(body)
    const { signal, ifAbsent = false } = options
    await this.choose().call('put', [key, moved, ifAbsent], {
      moved: [moved],
      bytes: moved.length,
      signal,
    })
  }

  async get(key: string, { range, signal }: GetOptions = {}): Promise<Uint8Array> {
    return this.choose().call('get', [key, range], { bytes: range?.length ?? 0, signal })
  }

  async delete(key: string, { signal }: CallOptions = {}): Promise<void> {
    await this.choose().call('delete', [key], { signal })
  }

  async *list(prefix: string, { signal }: CallOptions = {}): AsyncIterable<ObjectEntry> {
    const link = this.choose()
    const list = this.nextList
    this.nextList += 1
    await link.call('listOpen', [list, prefix], { signal })
    try {
      for (;;) {
        const entries = await link.call('listNext', [list], { signal })
        if (entries.length === 0) return
        yield* entries
      }
    } finally {
      if (link.failure === undefined) await link.call('listClose', [list])
    }
  }

  /** Does nothing: the threads dispose of their backends when the pipeline ends. */
  async [Symbol.asyncDispose](): Promise<void> {}
}
