import {
  type ByteString,
  type Ino,
  type MetadataStore,
  ROOT_INO,
  S_IFDIR,
  S_IFMT,
} from '../../core/index.ts'

/** Deepest path that is followed; a longer one is a loop. */
const DEPTH_MAX = 4096

/** A name and the directory it is in. */
export interface Place {
  readonly parent: Ino
  readonly name: ByteString
}

/** Where directories and some files are in a tree. Memory: one entry per directory. */
export class Names {
  readonly #directories = new Map<Ino, Place>()
  readonly #files = new Map<Ino, Place[]>()

  /**
   * @param store - everything in it committed
   * @param wanted - the files whose names matter
   */
  constructor(store: MetadataStore, wanted: ReadonlySet<Ino>) {
    const directories = new Set<Ino>()
    using snapshot = store.snapshot()
    for (const change of snapshot.dump()) {
      if (change.kind === 'inode' && (change.row.mode & S_IFMT) === S_IFDIR) {
        directories.add(change.row.ino)
      }
      if (change.kind !== 'dentry') continue
      const { parent, name, ino } = change
      if (directories.has(ino)) this.#directories.set(ino, { parent, name })
      else if (wanted.has(ino))
        this.#files.set(ino, [...(this.#files.get(ino) ?? []), { parent, name }])
    }
  }

  /** All paths of a file, as parts; none when it has no name. */
  pathsOf(ino: Ino): ByteString[][] {
    return (this.#files.get(ino) ?? []).map((place) => this.pathAt(place))
  }

  /** The path of a place, as parts. Directories that are not known are called by their number. */
  pathAt({ parent, name }: Place): ByteString[] {
    const parts = [name]
    for (let at = parent; at !== ROOT_INO && parts.length < DEPTH_MAX; ) {
      const place = this.#directories.get(at)
      if (place === undefined) return [`directory-${at}`, ...parts.reverse()]
      parts.push(place.name)
      at = place.parent
    }
    return parts.reverse()
  }
}

/** A path for people. */
export function shownPath(parts: readonly ByteString[]): string {
  return `/${parts.map((part) => Buffer.from(part, 'latin1').toString('utf8')).join('/')}`
}
