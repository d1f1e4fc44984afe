import { PosixError } from '../../core/errors.ts'
import type {
  AttributeChange,
  Caller,
  Operations,
  StatFs,
  TimeSpec,
} from '../../core/operations.ts'
import { type InodeRow, S_IFDIR, S_IFMT, S_IFREG } from '../../core/rows.ts'
import type { Ino, MaybePromise } from '../../core/units.ts'
import { byteString, type PathBytes, type PathWalk, type Place } from './path-walk.ts'
import { readBytes } from './read-bytes.ts'
import type { Body, Requests } from './requests.ts'

/** Entries asked for at once, so that long listings go on behind a cookie as they do with a kernel. */
const LISTING_PAGE = 100

/** One entry of a listing. */
export interface ListedEntry {
  readonly name: Buffer
  readonly ino: Ino
  readonly cookie: number
  readonly inode: InodeRow
}

/** Where and how `writeFile` writes. */
export interface WriteFileOptions {
  /** First byte to write. Default: 0. What lies around the data stays. */
  readonly offset?: number | undefined
  /** Permissions of a file that is made. Default: `0o644`. */
  readonly mode?: number | undefined
}

/** The calls of a program, by path. One that fails rejects with a {@link PathError}. */
export abstract class PathCalls {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /**
   * Returns what runs the calls.
   *
   * @throws PathError `ENOTCONN` when nothing is attached
   */
  protected abstract requests(call: string, path: PathBytes): Requests

  /** Reads a whole file. */
  readFile(path: PathBytes): Promise<Buffer> {
    return this.#query('readFile', path, (operations, walk) => {
      const ino = walk.resolve(path, true)
      return readBytes(operations, ino, 0, operations.getattr(ino).size)
    })
  }

  /** Reads up to `length` bytes at `offset`; fewer only at the end of the file. */
  read(path: PathBytes, offset: number, length: number): Promise<Buffer> {
    return this.#query('read', path, (operations, walk) =>
      readBytes(operations, walk.resolve(path, true), offset, length),
    )
  }

  /** Writes `data` into a file, which is made if it is missing and never shortened. */
  writeFile(
    path: PathBytes,
    data: string | Uint8Array,
    options: WriteFileOptions = {},
  ): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    return this.#change('writeFile', path, async (operations, walk) => {
      const ino = await this.#openOrMake(operations, walk, path, options.mode ?? 0o644)
      await operations.write(ino, options.offset ?? 0, bytes, 0)
    })
  }

  /** Sets the size of a file. */
  truncate(path: PathBytes, size: number): Promise<void> {
    return this.setattr(path, { size, killPrivileges: this.#caller.uid !== 0 })
  }

  /** Makes a directory. */
  mkdir(path: PathBytes, mode = 0o755): Promise<void> {
    return this.#make('mkdir', path, (operations, { parent, name }) =>
      operations.mkdir(parent, name, mode, this.#caller),
    )
  }

  /** Makes a file of any type but directory and symbolic link; `mode` includes the type. */
  mknod(path: PathBytes, mode: number, rdev = 0): Promise<void> {
    return this.#make('mknod', path, (operations, { parent, name }) =>
      operations.mknod(parent, name, mode, rdev, this.#caller),
    )
  }

  /** Makes a symbolic link at `path`. */
  symlink(target: PathBytes, path: PathBytes): Promise<void> {
    return this.#make('symlink', path, (operations, { parent, name }) =>
      operations.symlink(parent, name, byteString(target), this.#caller),
    )
  }

  /** Gives what is at `existing`, which may be a symbolic link itself, the name `path` too. */
  link(existing: PathBytes, path: PathBytes): Promise<void> {
    return this.#make('link', path, (operations, { parent, name }, walk) =>
      operations.link(walk.resolve(existing, false), parent, name),
    )
  }

  /** Returns what a symbolic link points to. */
  readlink(path: PathBytes): Promise<Buffer> {
    return this.#query('readlink', path, (operations, walk) =>
      Buffer.from(operations.readlink(walk.resolve(path, false)), 'latin1'),
    )
  }

  /** Removes a name of anything but a directory. */
  unlink(path: PathBytes): Promise<void> {
    return this.#change('unlink', path, (operations, walk) => {
      const { parent, name } = walk.place(path)
      return operations.unlink(parent, name)
    })
  }

  /** Removes an empty directory. */
  rmdir(path: PathBytes): Promise<void> {
    return this.#change('rmdir', path, (operations, walk) => {
      const { parent, name } = walk.place(path)
      return operations.rmdir(parent, name)
    })
  }

  /** Renames; `flags` are those of {@link Operations.rename}. */
  rename(from: PathBytes, to: PathBytes, flags = 0): Promise<void> {
    return this.#change('rename', from, (operations, walk) => {
      const source = walk.place(from)
      const target = walk.place(to)
      return operations.rename(source.parent, source.name, target.parent, target.name, flags)
    })
  }

  /** Returns the attributes of what `path` leads to. */
  stat(path: PathBytes): Promise<InodeRow> {
    return this.#query('stat', path, (operations, walk) => ({
      ...operations.getattr(walk.resolve(path, true)),
    }))
  }

  /** Returns the attributes of what is at `path`, which may be a symbolic link. */
  lstat(path: PathBytes): Promise<InodeRow> {
    return this.#query('lstat', path, (operations, walk) => ({
      ...operations.getattr(walk.resolve(path, false)),
    }))
  }

  /** Returns the names in a directory as text, in the order of their cookies. */
  async readdir(path: PathBytes): Promise<string[]> {
    return (await this.list(path)).map((entry) => entry.name.toString())
  }

  /** Returns the entries of a directory, in the order of their cookies. */
  list(path: PathBytes): Promise<ListedEntry[]> {
    return this.#query('readdir', path, (operations, walk) => {
      const ino = walk.resolve(path, true)
      const entries: ListedEntry[] = []
      let before: number
      do {
        before = entries.length
        operations.readdir(ino, entries.at(-1)?.cookie ?? 0, (entry, inode) => {
          if (entries.length === before + LISTING_PAGE) return false
          const { cookie } = entry
          const name = Buffer.from(entry.name, 'latin1')
          entries.push({ name, ino: entry.ino, cookie, inode: { ...inode } })
          return true
        })
      } while (entries.length === before + LISTING_PAGE)
      return entries
    })
  }

  /** Changes attributes of what `path` leads to. */
  setattr(path: PathBytes, change: AttributeChange): Promise<void> {
    return this.#change('setattr', path, async (operations, walk) => {
      await operations.setattr(walk.resolve(path, true), change, this.#caller)
    })
  }

  /** Sets the permissions. */
  chmod(path: PathBytes, mode: number): Promise<void> {
    return this.setattr(path, { mode })
  }

  /** Sets the owner and the group, which takes set-user-id from all but directories. */
  chown(path: PathBytes, uid: number, gid: number): Promise<void> {
    return this.#change('chown', path, async (operations, walk) => {
      const ino = walk.resolve(path, true)
      const killPrivileges = (operations.getattr(ino).mode & S_IFMT) !== S_IFDIR
      await operations.setattr(ino, { uid, gid, killPrivileges }, this.#caller)
    })
  }

  /** Sets the times of access and of modification. */
  utimes(path: PathBytes, atime: TimeSpec | 'now', mtime: TimeSpec | 'now'): Promise<void> {
    return this.setattr(path, { atime, mtime })
  }

  /** Returns the value of an extended attribute. */
  getxattr(path: PathBytes, name: PathBytes): Promise<Uint8Array> {
    return this.#query('getxattr', path, (operations, walk) =>
      operations.getxattr(walk.resolve(path, true), byteString(name), this.#caller),
    )
  }

  /** Returns the names of the extended attributes. */
  listxattr(path: PathBytes): Promise<Buffer[]> {
    return this.#query('listxattr', path, (operations, walk) =>
      operations.listxattr(walk.resolve(path, true)).map((name) => Buffer.from(name, 'latin1')),
    )
  }

  /** Sets an extended attribute; `flags` are those of {@link Operations.setxattr}. */
  setxattr(path: PathBytes, name: PathBytes, value: string | Uint8Array, flags = 0): Promise<void> {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    return this.#change('setxattr', path, (operations, walk) => {
      const ino = walk.resolve(path, true)
      return operations.setxattr(ino, byteString(name), bytes, flags, this.#caller)
    })
  }

  /** Removes an extended attribute. */
  removexattr(path: PathBytes, name: PathBytes): Promise<void> {
    return this.#change('removexattr', path, (operations, walk) =>
      operations.removexattr(walk.resolve(path, true), byteString(name), this.#caller),
    )
  }

  /** Makes earlier changes durable. */
  fsync(path: PathBytes): Promise<void> {
    return this.#query('fsync', path, (operations, walk) =>
      operations.fsync(walk.resolve(path, true)),
    )
  }

  /** Returns the figures of the file system. */
  statfs(): Promise<StatFs> {
    return this.#query('statfs', '/', (operations) => operations.statfs())
  }

  /** Makes something and returns the reference that came with it. */
  #make(
    call: string,
    path: PathBytes,
    body: (operations: Operations, place: Place, walk: PathWalk) => MaybePromise<{ ino: Ino }>,
  ): Promise<void> {
    return this.#change(call, path, async (operations, walk) => {
      walk.adopt((await body(operations, walk.place(path), walk)).ino)
    })
  }

  async #query<Result>(call: string, path: PathBytes, body: Body<Result>): Promise<Result> {
    return this.requests(call, path).query(call, path, body)
  }

  async #change<Result>(call: string, path: PathBytes, body: Body<Result>): Promise<Result> {
    return this.requests(call, path).change(call, path, body)
  }

  async #openOrMake(
    operations: Operations,
    walk: PathWalk,
    path: PathBytes,
    mode: number,
  ): Promise<Ino> {
    try {
      return walk.resolve(path, true)
    } catch (error) {
      if (!(error instanceof PosixError) || error.errno !== 'ENOENT') throw error
    }
    const { parent, name } = walk.place(path)
    const made = await operations.mknod(parent, name, S_IFREG | mode, 0, this.#caller)
    return walk.adopt(made.ino)
  }
}
