import { dirname, join } from 'node:path'
import { StratusError } from '../../core/errors.ts'
import type {
  CallOptions,
  GetOptions,
  ObjectBackend,
  ObjectBackendCapabilities,
  ObjectEntry,
  PutOptions,
} from '../../core/object-backend.ts'
import type { Clock, Random } from '../../core/services.ts'
import { link, rename, unlink } from './file-calls.ts'
import { errnoOf, fileError, isAbsent } from './file-error.ts'
import { FolderFlush } from './folder-flush.ts'
import { FolderTree } from './folder-tree.ts'
import { listObjects } from './listing.ts'
import { checkKey } from './object-key.ts'
import { readObject } from './object-read.ts'
import { TemporaryFiles } from './temporary-files.ts'

/** Largest body, bytes: what one call of write(2) or read(2) can be asked for. */
const BODY_BYTES_MAX = 2 ** 31 - 1

/** Puts whose flushes a disk can usefully merge. More only hold more bodies in memory. */
const CONCURRENCY_MAX = 16

/**
 * Keeps each object in a file whose path below the root is its key, so that `cp`, `rsync` and `rclone`
 * move a file system between a folder and a bucket.
 *
 * A path is either a file or a folder: of the keys `a` and `a/b` only one can exist here.
 *
 * Once its folder is known, a put of a new object takes 8 calls, of which 2 wait for the disk: open,
 * write, fdatasync, close, rename, and open, fsync, close of the folder, which overlapping puts share.
 * With `ifAbsent` link and unlink stand for rename.
 */
export class LocalBackend implements ObjectBackend {
  readonly capabilities: ObjectBackendCapabilities = {
    conditionalPut: true,
    maxObjectBytes: BODY_BYTES_MAX,
    maxConcurrency: CONCURRENCY_MAX,
    sharedBetweenThreads: true,
  }
  readonly #root: string
  readonly #folderFlush = new FolderFlush()
  readonly #folders: FolderTree
  readonly #temporaryFiles: TemporaryFiles

  /**
   * @param root - absolute path of the folder; it need not exist until the first put
   */
  constructor(root: string, clock: Clock, random: Random) {
    this.#root = root
    this.#folders = new FolderTree(root, this.#folderFlush)
    this.#temporaryFiles = new TemporaryFiles(root, clock, random)
  }

  async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    checkKey(key)
    options.signal?.throwIfAborted()
    const path = join(this.#root, key)
    try {
      await this.#folders.ensure(dirname(path))
      const temporary = await this.#temporaryFiles.write(body)
      if (options.ifAbsent) await this.#create(temporary, path, options.signal)
      else await this.#replace(temporary, path, options.signal)
      await this.#folderFlush.flush(dirname(path))
    } catch (error) {
      throw this.#putError(error, path)
    }
  }

  async get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    checkKey(key)
    options.signal?.throwIfAborted()
    const path = join(this.#root, key)
    const body = await readObject(path, options.range).catch((error: unknown) => {
      if (isAbsent(error)) return undefined
      throw fileError(error, 'read object', path)
    })
    options.signal?.throwIfAborted()
    if (body) return body
    throw new StratusError('OBJECT_NOT_FOUND', 'object not found', { details: { key } })
  }

  async delete(key: string, options: CallOptions = {}): Promise<void> {
    checkKey(key)
    options.signal?.throwIfAborted()
    const path = join(this.#root, key)
    try {
      await removeFile(path)
      // Also when the file was gone: an earlier attempt may have come no further than this.
      await this.#folderFlush.flush(dirname(path))
    } catch (error) {
      if (!isAbsent(error)) throw fileError(error, 'delete object', path)
    }
  }

  async *list(prefix: string, options: CallOptions = {}): AsyncIterable<ObjectEntry> {
    options.signal?.throwIfAborted()
    try {
      for await (const entry of listObjects(this.#root, prefix)) {
        yield entry
        options.signal?.throwIfAborted()
      }
    } catch (error) {
      throw fileError(error, 'list objects', this.#root)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #replace(temporary: string, path: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      signal?.throwIfAborted()
      await rename(temporary, path)
    } catch (error) {
      await this.#temporaryFiles.discard(temporary)
      throw error
    }
  }

  /** Links instead of renaming: a link never replaces, whoever else tries at the same moment. */
  async #create(temporary: string, path: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      signal?.throwIfAborted()
      await link(temporary, path)
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
      throw new StratusError('OBJECT_EXISTS', 'object exists', { details: { path } })
    } finally {
      await this.#temporaryFiles.discard(temporary)
    }
  }

  #putError(error: unknown, path: string): unknown {
    if (errnoOf(error) === 'ENOENT') {
      this.#folders.forget()
      this.#temporaryFiles.forget()
    }
    return fileError(error, 'write object', path)
  }
}

/** Removes a file. A folder of that name is no object, so there is nothing to remove. */
async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno !== 'ENOENT' && errno !== 'EISDIR') throw error
  }
}
