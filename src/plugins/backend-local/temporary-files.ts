import * as fs from 'node:fs'
import { join } from 'node:path'
import type { Clock, Random } from '../../core/services.ts'
import { flushData, openFile, unlink, writeWhole } from './file-calls.ts'

/** Name of the folder. Not part of any key, because keys hold no `~`. */
const TEMPORARY_FOLDER = '~tmp'

/**
 * How old a leftover is before it goes, milliseconds. Its writer may be another machine, about whose
 * processes nothing can be known from here; a day is longer than any upload.
 */
const LEFTOVER_AGE_MS = 24 * 60 * 60 * 1000

/** Bytes of randomness in a name: threads of one process share the number in front. */
const NAME_RANDOM_BYTES = 12

/**
 * Files on their way to becoming objects: `~tmp/<process>-<random>`.
 *
 * The folder lies in the root because a rename cannot leave a file system.
 */
export class TemporaryFiles {
  readonly folder: string
  readonly #clock: Clock
  readonly #random: Random
  #ready = false

  constructor(root: string, clock: Clock, random: Random) {
    this.folder = join(root, TEMPORARY_FOLDER)
    this.#clock = clock
    this.#random = random
  }

  /** Writes `body` to a new file, durably, and returns the file's path. */
  async write(body: Uint8Array): Promise<string> {
    if (!this.#ready) this.#prepare()
    const random = Buffer.from(this.#random.bytes(NAME_RANDOM_BYTES)).toString('hex')
    const path = join(this.folder, `${process.pid}-${random}`)
    const fd = await openFile(path, 'wx')
    try {
      await writeWhole(fd, body)
      await flushData(fd)
    } catch (error) {
      await this.discard(path)
      throw error
    } finally {
      fs.closeSync(fd)
    }
    return path
  }

  /** Removes a file. Should that fail, it goes as a leftover one day. */
  async discard(path: string): Promise<void> {
    await unlink(path).catch(() => {})
  }

  /** Looks again before the next write: the folder turned out to be gone. */
  forget(): void {
    this.#ready = false
  }

  #prepare(): void {
    try {
      fs.mkdirSync(this.folder)
    } catch (error) {
      if (!fs.existsSync(this.folder)) throw error
      this.#removeLeftovers()
    }
    this.#ready = true
  }

  #removeLeftovers(): void {
    const before = this.#clock.nowMs() - LEFTOVER_AGE_MS
    for (const name of fs.readdirSync(this.folder)) {
      if (!isAlive(Number.parseInt(name, 10))) removeIfOlder(join(this.folder, name), before)
    }
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true
  return Number.isInteger(pid) && fs.existsSync(`/proc/${pid}`)
}

function removeIfOlder(path: string, beforeMs: number): void {
  try {
    if (fs.statSync(path).mtimeMs < beforeMs) fs.unlinkSync(path)
  } catch {
    // Another instance cleans at the same time, or the file is not ours. Neither stops a put.
  }
}
