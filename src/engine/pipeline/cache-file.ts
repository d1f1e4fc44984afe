import { closeSync, openSync, writeSync } from 'node:fs'
import type { CacheRun } from './pipeline.ts'

/** Writes blocks to their places in the block cache's file. Keeps the file open. */
export class CacheFile {
  private path: string | undefined
  private descriptor: number | undefined

  /**
   * Writes `data` to `runs`, in order.
   *
   * @returns false when it could not be written, for want of space or any other fault of the disk: the
   *   cache is only a cache, and the caller hands the data on instead
   */
  write(path: string, runs: readonly CacheRun[], data: Uint8Array): boolean {
    try {
      this.writeRuns(this.open(path), runs, data)
      return true
    } catch (error) {
      if (!isSystemError(error)) throw error
      this.close()
      return false
    }
  }

  private writeRuns(descriptor: number, runs: readonly CacheRun[], data: Uint8Array): void {
    let done = 0
    for (const run of runs) {
      const end = Math.min(done + run.length, data.length)
      const start = done
      while (done < end) {
        done += writeSync(descriptor, data, done, end - done, run.position + done - start)
      }
    }
    if (done < data.length) throw new TypeError('cache runs are shorter than their block')
  }

  private open(path: string): number {
    if (this.descriptor !== undefined && this.path === path) return this.descriptor
    this.close()
    this.descriptor = openSync(path, 'r+')
    this.path = path
    return this.descriptor
  }

  /** Closes the file, if it is open. */
  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor)
    this.descriptor = undefined
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
