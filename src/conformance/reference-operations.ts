import { type Errno, PosixError } from '../core/errors.ts'
import {
  type AttributeChange,
  type Caller,
  type DirectorySink,
  type InodeView,
  NAME_BYTES_MAX,
  type Operations,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  type StatFs,
  type TimeSpec,
  WRITE_FROM_CACHE,
  WRITE_KILL_PRIVILEGES,
  XATTR_CREATE,
  XATTR_REPLACE,
} from '../core/operations.ts'
import { type InodeRow, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_ISGID, S_ISUID } from '../core/rows.ts'
import { type ByteString, type Ino, OFFSET_MAX, ROOT_INO } from '../core/units.ts'
import { SparseBytes } from './sparse-bytes.ts'

/** Largest value of an xattr on Linux, bytes. */
const XATTR_BYTES_MAX = 65_536

/** Longest target of a symbolic link on Linux, bytes. */
const TARGET_BYTES_MAX = 4095

const GROUP_EXECUTE = 0o010

interface Node {
  readonly row: InodeRow
  /** Entries of a directory, in the order of their cookies. */
  readonly entries: Map<ByteString, { readonly ino: Ino; readonly cookie: number }>
  readonly bytes: SparseBytes
  readonly xattrs: Map<ByteString, Uint8Array>
  references: number
}

/** What a test may choose. */
export interface ReferenceOptions {
  /** Tells the time. Default: a clock that stands at 1,000,000 s. */
  readonly now?: (() => TimeSpec) | undefined
}

/**
 * A complete file system in plain maps: what the engine should do, without any of the means by which it
 * does it.
 *
 * For frontends to be tested without an engine, and for the engine to be compared with. The order of
 * checks follows Linux, so that the error numbers agree too.
 */
export class ReferenceOperations implements Operations {
  readonly #nodes = new Map<Ino, Node>()
  readonly #now: () => TimeSpec
  #maxIno: Ino = ROOT_INO
  #cookie = 0
  #overdrawn = 0

  constructor(options: ReferenceOptions = {}) {
    this.#now = options.now ?? (() => ({ sec: 1_000_000, nsec: 0 }))
    const root = this.#newNode(ROOT_INO, S_IFDIR | 0o755, 0, 0, 0)
    root.row.parent = ROOT_INO
  }

  /** References that were given out and not taken back, over all inodes. */
  get references(): number {
    return [...this.#nodes.values()].reduce((sum, node) => sum + node.references, 0)
  }

  /** References that were taken back without having been given out. */
  get overdrawn(): number {
    return this.#overdrawn
  }

  lookup(parent: Ino, name: ByteString): InodeView {
    return this.#referenced(this.#child(this.#directory(parent), name)).row
  }

  remember(ino: Ino): void {
    this.#referenced(this.#node(ino))
  }

  forget(ino: Ino, count: number): void {
    const node = this.#nodes.get(ino)
    if (node === undefined) return
    this.#overdrawn += Math.max(0, count - node.references)
    node.references = Math.max(0, node.references - count)
    this.#dropIfUnused(node)
  }

  getattr(ino: Ino): InodeView {
    return this.#node(ino).row
  }

  setattr(ino: Ino, change: AttributeChange, _caller: Caller): InodeView {
    const { row, bytes } = this.#node(ino)
    if (change.size !== undefined) {
      refuse(isDirectory(row), 'EISDIR')
      refuse(!isFile(row), 'EINVAL')
      refuse(change.size > OFFSET_MAX, 'EFBIG')
      bytes.truncate(change.size)
      row.size = change.size
    }
    if (change.mode !== undefined) row.mode = (row.mode & S_IFMT) | (change.mode & 0o7777)
    if (change.uid !== undefined) row.uid = change.uid
    if (change.gid !== undefined) row.gid = change.gid
    if (change.killPrivileges) killPrivileges(row)
    const now = this.#now()
    const mtime = change.mtime ?? (change.size === undefined ? undefined : now)
    if (change.atime !== undefined) setAtime(row, change.atime === 'now' ? now : change.atime)
    if (mtime !== undefined) setMtime(row, mtime === 'now' ? now : mtime)
    setCtime(row, change.ctime ?? now)
    return row
  }

  readlink(ino: Ino): ByteString {
    const { row } = this.#node(ino)
    refuse((row.mode & S_IFMT) !== S_IFLNK, 'EINVAL')
    return row.target
  }

  mknod(parent: Ino, name: ByteString, mode: number, rdev: number, caller: Caller): InodeView {
    const type = mode & S_IFMT
    refuse(type === S_IFDIR || type === S_IFLNK, 'EINVAL')
    return this.#make(parent, name, type === 0 ? mode | S_IFREG : mode, caller, { rdev }).row
  }

  mkdir(parent: Ino, name: ByteString, mode: number, caller: Caller): InodeView {
    return this.#make(parent, name, S_IFDIR | (mode & 0o7777), caller, {}).row
  }

  symlink(parent: Ino, name: ByteString, target: ByteString, caller: Caller): InodeView {
    refuse(target.length === 0, 'ENOENT')
    refuse(target.length > TARGET_BYTES_MAX, 'ENAMETOOLONG')
    return this.#make(parent, name, S_IFLNK | 0o777, caller, { target }).row
  }

  link(ino: Ino, parent: Ino, name: ByteString): InodeView {
    const node = this.#node(ino)
    const directory = this.#directory(parent)
    this.#refuseExisting(directory, name)
    refuse(isDirectory(node.row), 'EPERM')
    refuse(node.row.nlink === 0, 'ENOENT')
    this.#enter(directory, name, ino)
    node.row.nlink += 1
    setCtime(node.row, this.#now())
    return this.#referenced(node).row
  }

  unlink(parent: Ino, name: ByteString): void {
    const directory = this.#directory(parent)
    const node = this.#child(directory, name)
    refuse(isDirectory(node.row), 'EISDIR')
    this.#leave(directory, name)
    this.#removeName(node)
  }

  rmdir(parent: Ino, name: ByteString): void {
    const directory = this.#directory(parent)
    const node = this.#child(directory, name)
    refuse(!isDirectory(node.row), 'ENOTDIR')
    refuse(node.entries.size > 0, 'ENOTEMPTY')
    this.#leave(directory, name)
    directory.row.nlink -= 1
    this.#removeName(node)
  }

  rename(parent: Ino, name: ByteString, newParent: Ino, newName: ByteString, flags: number): void {
    const exchange = flags === RENAME_EXCHANGE
    refuse(!exchange && flags !== 0 && flags !== RENAME_NOREPLACE, 'EINVAL')
    const from = this.#directory(parent)
    const to = this.#directory(newParent)
    const node = this.#child(from, name)
    const old = this.#childIfAny(to, newName)
    refuse(flags === RENAME_NOREPLACE && old !== undefined, 'EEXIST')
    refuse(exchange && old === undefined, 'ENOENT')
    refuse(this.#contains(node, to), 'EINVAL')
    refuse(old !== undefined && this.#contains(old, from), exchange ? 'EINVAL' : 'ENOTEMPTY')
    if (old === node) return
    if (exchange && old !== undefined) {
      this.#enter(from, name, old.row.ino)
      this.#moved(old, to, from)
    } else {
      if (old !== undefined) this.#replace(node, old, to)
      this.#leave(from, name)
    }
    this.#enter(to, newName, node.row.ino)
    this.#moved(node, from, to)
  }

  read(ino: Ino, offset: number, target: Uint8Array): number {
    const { row, bytes } = this.#file(ino)
    const count = Math.max(0, Math.min(target.length, row.size - offset))
    bytes.read(offset, target.subarray(0, count))
    return count
  }

  write(ino: Ino, offset: number, data: Uint8Array, flags: number): void {
    const { row, bytes } = this.#file(ino)
    refuse(data.length > OFFSET_MAX - offset, 'EFBIG')
    if (data.length === 0) return
    bytes.write(offset, data)
    row.size = Math.max(row.size, offset + data.length)
    if ((flags & WRITE_KILL_PRIVILEGES) !== 0) killPrivileges(row)
    if ((flags & WRITE_FROM_CACHE) !== 0) return
    const now = this.#now()
    setMtime(row, now)
    setCtime(row, now)
  }

  async fsync(ino: Ino): Promise<void> {
    this.#node(ino)
  }

  readdir(ino: Ino, after: number, sink: DirectorySink): void {
    for (const [name, entry] of this.#directory(ino).entries) {
      if (entry.cookie <= after) continue
      if (!sink({ name, ...entry }, this.#node(entry.ino).row)) return
    }
  }

  getxattr(ino: Ino, name: ByteString, _caller: Caller): Uint8Array {
    const value = this.#node(ino).xattrs.get(name)
    if (value === undefined) throw new PosixError('ENODATA')
    return value.slice()
  }

  listxattr(ino: Ino): ByteString[] {
    return [...this.#node(ino).xattrs.keys()].sort()
  }

  setxattr(ino: Ino, name: ByteString, value: Uint8Array, flags: number, _caller: Caller): void {
    const { row, xattrs } = this.#node(ino)
    refuse(name.length > NAME_BYTES_MAX, 'ENAMETOOLONG')
    refuse(value.length > XATTR_BYTES_MAX, 'E2BIG')
    refuse(flags === XATTR_CREATE && xattrs.has(name), 'EEXIST')
    refuse(flags === XATTR_REPLACE && !xattrs.has(name), 'ENODATA')
    xattrs.set(name, value.slice())
    setCtime(row, this.#now())
  }

  removexattr(ino: Ino, name: ByteString, _caller: Caller): void {
    const { row, xattrs } = this.#node(ino)
    refuse(!xattrs.delete(name), 'ENODATA')
    setCtime(row, this.#now())
  }

  statfs(): StatFs {
    return {
      blockBytes: 4096,
      blocks: 2 ** 40,
      blocksFree: 2 ** 39,
      inodes: 2 ** 32,
      inodesFree: 2 ** 32 - this.#nodes.size,
      nameBytesMax: NAME_BYTES_MAX,
    }
  }

  settle(): void {}

  #node(ino: Ino): Node {
    const node = this.#nodes.get(ino)
    if (node === undefined) throw new PosixError('ESTALE')
    return node
  }

  #directory(ino: Ino): Node {
    const node = this.#node(ino)
    refuse(!isDirectory(node.row), 'ENOTDIR')
    return node
  }

  #file(ino: Ino): Node {
    const node = this.#node(ino)
    refuse(isDirectory(node.row), 'EISDIR')
    refuse(!isFile(node.row), 'EINVAL')
    return node
  }

  #childIfAny(directory: Node, name: ByteString): Node | undefined {
    refuse(name.length > NAME_BYTES_MAX, 'ENAMETOOLONG')
    const entry = directory.entries.get(name)
    return entry === undefined ? undefined : this.#node(entry.ino)
  }

  #child(directory: Node, name: ByteString): Node {
    const node = this.#childIfAny(directory, name)
    if (node === undefined) throw new PosixError('ENOENT')
    return node
  }

  /** Checks that `name` can be made in `directory`. */
  #refuseExisting(directory: Node, name: ByteString): void {
    refuse(this.#childIfAny(directory, name) !== undefined, 'EEXIST')
    // A directory that was removed while in use takes no more entries.
    refuse(directory.row.nlink === 0, 'ENOENT')
  }

  /** Whether `directory` is `ancestor` or lies below it. */
  #contains(ancestor: Node, directory: Node): boolean {
    let node = directory
    while (node !== ancestor && node.row.ino !== ROOT_INO) node = this.#node(node.row.parent)
    return node === ancestor
  }

  #make(
    parent: Ino,
    name: ByteString,
    mode: number,
    caller: Caller,
    special: { readonly rdev?: number; readonly target?: ByteString },
  ): Node {
    const directory = this.#directory(parent)
    this.#refuseExisting(directory, name)
    const inherits = (directory.row.mode & S_ISGID) !== 0
    const isDir = (mode & S_IFMT) === S_IFDIR
    const node = this.#newNode(
      this.#maxIno + 1,
      inherits && isDir ? mode | S_ISGID : mode,
      caller.uid,
      inherits ? directory.row.gid : caller.gid,
      special.rdev ?? 0,
    )
    node.row.target = special.target ?? ''
    node.row.size = node.row.target.length
    if (isDir) {
      node.row.parent = parent
      directory.row.nlink += 1
    }
    this.#enter(directory, name, node.row.ino)
    return this.#referenced(node)
  }

  #newNode(ino: Ino, mode: number, uid: number, gid: number, rdev: number): Node {
    const { sec, nsec } = this.#now()
    const row: InodeRow = {
      ino,
      mode,
      uid,
      gid,
      nlink: (mode & S_IFMT) === S_IFDIR ? 2 : 1,
      rdev,
      size: 0,
      atimeSec: sec,
      atimeNsec: nsec,
      mtimeSec: sec,
      mtimeNsec: nsec,
      ctimeSec: sec,
      ctimeNsec: nsec,
      btimeSec: sec,
      btimeNsec: nsec,
      parent: 0,
      target: '',
    }
    const node: Node = {
      row,
      entries: new Map(),
      bytes: new SparseBytes(),
      xattrs: new Map(),
      references: 0,
    }
    this.#maxIno = Math.max(this.#maxIno, ino)
    this.#nodes.set(ino, node)
    return node
  }

  #referenced(node: Node): Node {
    node.references += 1
    return node
  }

  /** Puts a name at the end of a directory. */
  #enter(directory: Node, name: ByteString, ino: Ino): void {
    this.#cookie += 1
    directory.entries.delete(name)
    directory.entries.set(name, { ino, cookie: this.#cookie })
    this.#touch(directory)
  }

  #leave(directory: Node, name: ByteString): void {
    directory.entries.delete(name)
    this.#touch(directory)
  }

  #touch(directory: Node): void {
    const now = this.#now()
    setMtime(directory.row, now)
    setCtime(directory.row, now)
  }

  /** Makes room for `node` where `old` is. */
  #replace(node: Node, old: Node, directory: Node): void {
    refuse(isDirectory(node.row) && !isDirectory(old.row), 'ENOTDIR')
    refuse(!isDirectory(node.row) && isDirectory(old.row), 'EISDIR')
    refuse(old.entries.size > 0, 'ENOTEMPTY')
    if (isDirectory(old.row)) directory.row.nlink -= 1
    this.#removeName(old)
  }

  /** Takes one name from an inode. */
  #removeName(node: Node): void {
    node.row.nlink = isDirectory(node.row) ? 0 : node.row.nlink - 1
    setCtime(node.row, this.#now())
    this.#dropIfUnused(node)
  }

  #dropIfUnused(node: Node): void {
    if (node.row.nlink === 0 && node.references === 0) this.#nodes.delete(node.row.ino)
  }

  #moved(node: Node, from: Node, to: Node): void {
    setCtime(node.row, this.#now())
    if (!isDirectory(node.row)) return
    node.row.parent = to.row.ino
    from.row.nlink -= 1
    to.row.nlink += 1
  }
}

function refuse(refused: boolean, errno: Errno): void {
  if (refused) throw new PosixError(errno)
}

function isDirectory(row: InodeRow): boolean {
  return (row.mode & S_IFMT) === S_IFDIR
}

function isFile(row: InodeRow): boolean {
  return (row.mode & S_IFMT) === S_IFREG
}

/** Clears set-user-id, and set-group-id where it means a group and not mandatory locking. */
function killPrivileges(row: InodeRow): void {
  row.mode &= ~S_ISUID
  if (row.mode & GROUP_EXECUTE) row.mode &= ~S_ISGID
}

function setAtime(row: InodeRow, time: TimeSpec): void {
  row.atimeSec = time.sec
  row.atimeNsec = time.nsec
}

function setMtime(row: InodeRow, time: TimeSpec): void {
  row.mtimeSec = time.sec
  row.mtimeNsec = time.nsec
}

function setCtime(row: InodeRow, time: TimeSpec): void {
  row.ctimeSec = time.sec
  row.ctimeNsec = time.nsec
}
