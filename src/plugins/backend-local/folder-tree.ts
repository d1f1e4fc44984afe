import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from './file-error.ts'
import type { FolderFlush } from './folder-flush.ts'

/**
 * The folders below the root that objects lie in, made when they are first needed.
 *
 * The root itself is never made here: where it is missing a disk is not mounted, and objects would
 * end up on another one.
 */
export class FolderTree {
  readonly #root: string
  readonly #folderFlush: FolderFlush
  /** Folders that exist durably or are about to, so that a put to a known folder asks nothing. */
  #known = new Map<string, Promise<void>>()

  constructor(root: string, folderFlush: FolderFlush) {
    this.#root = root
    this.#folderFlush = folderFlush
  }

  /** Resolves when `folder`, the root or one below it, exists durably. */
  ensure(folder: string): Promise<void> {
    if (folder === this.#root) return Promise.resolve()
    const known = this.#known.get(folder) ?? this.#make(folder)
    this.#known.set(folder, known)
    return known
  }

  /** Looks again before the next put: a folder turned out to be gone. */
  forget(): void {
    this.#known = new Map()
  }

  async #make(folder: string): Promise<void> {
    const parent = dirname(folder)
    try {
      await this.ensure(parent)
      makeUnlessThere(folder)
      // Also for a folder that was there: whoever made it may not have come to this yet.
      await this.#folderFlush.flush(parent)
    } catch (error) {
      this.#known.delete(folder)
      throw error
    }
  }
}

function makeUnlessThere(folder: string): void {
  try {
    fs.mkdirSync(folder)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
}
