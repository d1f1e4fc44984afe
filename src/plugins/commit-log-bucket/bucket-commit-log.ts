import type { CommitLog } from '../../core/commit-log.ts'
import { StratusError } from '../../core/errors.ts'
import type { ObjectBackend } from '../../core/object-backend.ts'
import type { Sequence } from '../../core/units.ts'
import { isLogKey, LOG_PREFIX, logKey } from './log-key.ts'

/**
 * The log as objects `log/<sequence in 16 hexadecimal digits>`.
 *
 * The store's atomic create decides between writers. An append that fails with `BACKEND_UNAVAILABLE` may
 * have taken place; its caller tries again with the very same bytes, and finds its own record a success.
 */
export class BucketCommitLog implements CommitLog {
  readonly #backend: ObjectBackend

  /** @throws StratusError `OPTIONS_INVALID` when the backend has no atomic create */
  constructor(backend: ObjectBackend) {
    if (!backend.capabilities.conditionalPut) {
      throw new StratusError('OPTIONS_INVALID', 'this store cannot decide between two writers')
    }
    this.#backend = backend
  }

  async append(sequence: Sequence, record: Uint8Array): Promise<void> {
    try {
      await this.#backend.put(logKey(sequence), record, { ifAbsent: true })
    } catch (error) {
      if (codeOf(error) !== 'OBJECT_EXISTS') throw error
      await this.#expectOwn(sequence, record)
    }
  }

  async read(sequence: Sequence): Promise<Uint8Array | undefined> {
    try {
      return await this.#backend.get(logKey(sequence))
    } catch (error) {
      if (codeOf(error) === 'OBJECT_NOT_FOUND') return undefined
      throw error
    }
  }

  async has(sequence: Sequence): Promise<boolean> {
    try {
      await this.#backend.get(logKey(sequence), { range: { offset: 0, length: 1 } })
      return true
    } catch (error) {
      if (codeOf(error) === 'OBJECT_NOT_FOUND') return false
      throw error
    }
  }

  /**
   * Removes what a listing shows up to `sequence`, oldest first.
   *
   * A listing costs one request for a thousand records that exist and none for those that do not. It
   * may miss a record, and a crash may leave some: the next call finds them, with gaps or without.
   */
  async truncate(sequence: Sequence): Promise<void> {
    const last = logKey(sequence)
    let batch: string[] = []
    for await (const { key } of this.#backend.list(LOG_PREFIX)) {
      if (key > last) break
      if (isLogKey(key)) batch.push(key)
      if (batch.length < this.#backend.capabilities.maxConcurrency) continue
      await this.#deleteAll(batch)
      batch = []
    }
    await this.#deleteAll(batch)
  }

  key(sequence: Sequence): string {
    return logKey(sequence)
  }

  async #deleteAll(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.#backend.delete(key)))
  }

  async #expectOwn(sequence: Sequence, record: Uint8Array): Promise<void> {
    const winner = await this.read(sequence)
    // A record that was there and is gone was truncated, which only a writer further on does.
    if (winner !== undefined && Buffer.compare(winner, record) === 0) return
    throw new StratusError('FENCED', 'another writer has committed', { details: { sequence } })
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof StratusError ? error.code : undefined
}
