import {
  type ByteString,
  type Ino,
  type InodeRow,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
} from '../../core/index.ts'
import type { Overlay } from './overlay.ts'

/** What a reader of a file did last, for read-ahead. */
export interface ReadAheadState {
  /** Offset at which a sequential reader goes on. */
  next: number
  /** Bytes to have in flight ahead of it; 0 before a second read in sequence. */
  window: number
  /** Offset up to which blocks have been asked for. */
  asked: number
}

/** An inode in memory: its row, and what only matters while the file system is mounted. */
export class Inode implements InodeRow {
  readonly ino: Ino
  mode: number
  uid: number
  gid: number
  nlink: number
  rdev: number
  size: number
  atimeSec: number
  atimeNsec: number
  mtimeSec: number
  mtimeNsec: number
  ctimeSec: number
  ctimeNsec: number
  btimeSec: number
  btimeNsec: number
  parent: Ino
  target: ByteString
  /** The view does not have this state yet. */
  unsaved = false
  /** Data since the last seal. */
  overlay: Overlay | undefined = undefined
  /** Data of the commit under way. */
  sealedOverlay: Overlay | undefined = undefined
  readAhead: ReadAheadState | undefined = undefined

  constructor(row: Readonly<InodeRow>) {
    this.ino = row.ino
    this.mode = row.mode
    this.uid = row.uid
    this.gid = row.gid
    this.nlink = row.nlink
    this.rdev = row.rdev
    this.size = row.size
    this.atimeSec = row.atimeSec
    this.atimeNsec = row.atimeNsec
    this.mtimeSec = row.mtimeSec
    this.mtimeNsec = row.mtimeNsec
    this.ctimeSec = row.ctimeSec
    this.ctimeNsec = row.ctimeNsec
    this.btimeSec = row.btimeSec
    this.btimeNsec = row.btimeNsec
    this.parent = row.parent
    this.target = row.target
  }

  get isDirectory(): boolean {
    return (this.mode & S_IFMT) === S_IFDIR
  }

  get isRegular(): boolean {
    return (this.mode & S_IFMT) === S_IFREG
  }
}
