import { closeSync, existsSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs'

/**
 * Space kept back on the local disk for the moment it is full: enough for the operations in flight to
 * reach the journal and for the view to note a commit, after which the journal shrinks.
 */
export class DiskReserve {
  readonly #file: string
  readonly #bytes: number

  /** @param bytes - size of the reserve */
  constructor(file: string, bytes: number) {
    this.#file = file
    this.#bytes = bytes
  }

  /** Whether the reserve is there. */
  get held(): boolean {
    return existsSync(this.#file)
  }

  /** Takes the space; returns `false` when the disk has none to spare. */
  hold(): boolean {
    if (this.held) return true
    let fd: number
    try {
      fd = openSync(this.#file, 'wx', 0o600)
    } catch {
      return false
    }
    try {
      // Written, not merely sized: a hole reserves nothing.
      const chunk = Buffer.alloc(1024 * 1024)
      for (let at = 0; at < this.#bytes; at += chunk.byteLength) {
        if (writeSync(fd, chunk, 0, chunk.byteLength, at) < chunk.byteLength)
          throw new Error('short')
      }
      return true
    } catch {
      ftruncateSync(fd, 0)
      unlinkSync(this.#file)
      return false
    } finally {
      closeSync(fd)
    }
  }

  /** Gives the space back to the disk. */
  release(): void {
    if (this.held) unlinkSync(this.#file)
  }
}
