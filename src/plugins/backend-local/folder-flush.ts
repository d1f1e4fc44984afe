import * as fs from 'node:fs'
import { flush } from './file-calls.ts'
import { errnoOf } from './file-error.ts'

/** File systems that cannot flush a folder say so with these; they keep names durable by other means. */
const CANNOT_FLUSH: readonly (string | undefined)[] = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']

/**
 * Makes the names in folders durable.
 *
 * A flush covers the changes made before it began. Whoever asks during one waits for the next, and all
 * who wait share it: however many puts overlap, a folder is flushed at most twice on their behalf.
 */
export class FolderFlush {
  readonly #running = new Map<string, Promise<void>>()
  readonly #waiting = new Map<string, Promise<void>>()

  /** Resolves when every change made to the names in `folder` before this call is durable. */
  flush(folder: string): Promise<void> {
    const running = this.#running.get(folder)
    if (running === undefined) return this.#start(folder)
    const waiting = this.#waiting.get(folder) ?? this.#startAfter(running, folder)
    this.#waiting.set(folder, waiting)
    return waiting
  }

  #start(folder: string): Promise<void> {
    const run = flushFolder(folder).finally(() => {
      if (this.#running.get(folder) === run) this.#running.delete(folder)
    })
    this.#running.set(folder, run)
    return run
  }

  async #startAfter(running: Promise<void>, folder: string): Promise<void> {
    // A failure of the flush before this one is the business of those who asked for that one.
    await running.catch(() => {})
    this.#waiting.delete(folder)
    await this.#start(folder)
  }
}

async function flushFolder(folder: string): Promise<void> {
  const fd = fs.openSync(folder, 'r')
  try {
    await flush(fd)
  } catch (error) {
    if (!CANNOT_FLUSH.includes(errnoOf(error))) throw error
  } finally {
    fs.closeSync(fd)
  }
}
