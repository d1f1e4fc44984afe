import { PosixError } from '../../core/errors.ts'
import type { Operations } from '../../core/operations.ts'
import { S_IFLNK, S_IFMT } from '../../core/rows.ts'
import { type ByteString, type Ino, ROOT_INO } from '../../core/units.ts'

/** A path or a name: text in UTF-8, or any bytes. */
export type PathBytes = string | Buffer

/** Links followed in one path before it counts as a loop, as in Linux. */
const LINKS_MAX = 40

/** Where a name is or is to be. */
export interface Place {
  readonly parent: Ino
  readonly name: ByteString
}

/** Returns the bytes of a path or name. */
export function byteString(path: PathBytes): ByteString {
  return typeof path === 'string' ? Buffer.from(path).toString('latin1') : path.toString('latin1')
}

/**
 * Finds the inodes of paths for one call.
 *
 * Plays the part of the kernel: one lookup per name, links followed, and every reference it was given
 * is returned when it is disposed of.
 */
export class PathWalk implements Disposable {
  readonly #operations: Operations
  readonly #references: Ino[] = []

  constructor(operations: Operations) {
    this.#operations = operations
  }

  /**
   * Returns the inode of `path`.
   *
   * @param follow - whether a link at the end stands for its target
   * @throws PosixError `ENOENT`, `ENOTDIR`, `ELOOP`
   */
  resolve(path: PathBytes, follow: boolean): Ino {
    const names = byteString(path).split('/')
    if (names.length === 1 && names[0] === '') throw new PosixError('ENOENT')
    return this.#walk(names, follow)
  }

  /**
   * Returns the directory that holds the last name of `path`.
   *
   * @throws PosixError `EINVAL` when the path does not end in a name
   */
  place(path: PathBytes): Place {
    const names = byteString(path).split('/')
    while (names.at(-1) === '') names.pop()
    const name = names.pop()
    if (name === undefined || name === '.' || name === '..') throw new PosixError('EINVAL')
    return { parent: this.#walk(names, true), name }
  }

  /** Takes charge of a reference that another call gave. */
  adopt(ino: Ino): Ino {
    this.#references.push(ino)
    return ino
  }

  [Symbol.dispose](): void {
    for (const ino of this.#references.splice(0)) this.#operations.forget(ino, 1)
  }

  #walk(names: readonly ByteString[], follow: boolean): Ino {
    const rest = names.toReversed()
    let above: Ino[] = []
    let here: Ino = ROOT_INO
    let links = 0
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      if (name === '' || name === '.') continue
      if (name === '..') {
        here = above.pop() ?? ROOT_INO
        continue
      }
      const { ino, mode } = this.#operations.lookup(here, name)
      this.adopt(ino)
      if ((mode & S_IFMT) === S_IFLNK && (follow || rest.length > 0)) {
        links += 1
        if (links > LINKS_MAX) throw new PosixError('ELOOP')
        const target = this.#operations.readlink(ino)
        if (target.startsWith('/')) {
          above = []
          here = ROOT_INO
        }
        rest.push(...target.split('/').toReversed())
      } else {
        above.push(here)
        here = ino
      }
    }
    return here
  }
}
