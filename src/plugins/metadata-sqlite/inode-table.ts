import { type InodeRow, S_IFMT, S_IFREG } from '../../core/rows.ts'
import type { Ino } from '../../core/units.ts'
import type { Connection } from './connection.ts'
import type { Query } from './query.ts'
import type { Totals } from './totals.ts'

/** Columns of an inode, in the order of {@link InodeCells}. */
export const INODE_COLUMNS = `i.ino, i.mode, i.uid, i.gid, i.nlink, i.rdev, i.size, i.atime_sec,
  i.atime_nsec, i.mtime_sec, i.mtime_nsec, i.ctime_sec, i.ctime_nsec, i.btime_sec, i.btime_nsec,
  i.parent, i.target`

/** {@link INODE_COLUMNS} as SQLite returns them. */
export type InodeCells = [
  ino: number,
  mode: number,
  uid: number,
  gid: number,
  nlink: number,
  rdev: number,
  size: number,
  atimeSec: number,
  atimeNsec: number,
  mtimeSec: number,
  mtimeNsec: number,
  ctimeSec: number,
  ctimeNsec: number,
  btimeSec: number,
  btimeNsec: number,
  parent: number,
  target: string,
]

/** Returns the row that starts `cells`. */
export function inodeRow(cells: readonly [...InodeCells, ...unknown[]]): InodeRow {
  return {
    ino: cells[0],
    mode: cells[1],
    uid: cells[2],
    gid: cells[3],
    nlink: cells[4],
    rdev: cells[5],
    size: cells[6],
    atimeSec: cells[7],
    atimeNsec: cells[8],
    mtimeSec: cells[9],
    mtimeNsec: cells[10],
    ctimeSec: cells[11],
    ctimeNsec: cells[12],
    btimeSec: cells[13],
    btimeNsec: cells[14],
    parent: cells[15],
    target: cells[16],
  }
}

/** The table `inodes`. */
export class InodeTable {
  readonly #totals: Totals
  /** No inode has a larger number. */
  #bound: number
  readonly #select: Query<InodeCells>
  readonly #selectSize: Query<[mode: number, size: number]>
  readonly #selectMax: Query<[ino: number]>
  readonly #selectOrphans: Query<[ino: number]>
  readonly #insert: Query<never>
  readonly #update: Query<never>
  readonly #delete: Query<never>

  constructor(connection: Connection, totals: Totals) {
    this.#totals = totals
    this.#select = connection.query(`SELECT ${INODE_COLUMNS} FROM inodes i WHERE i.ino = ?`)
    this.#selectSize = connection.query('SELECT mode, size FROM inodes WHERE ino = ?')
    this.#selectMax = connection.query('SELECT ino FROM inodes ORDER BY ino DESC LIMIT 1')
    this.#selectOrphans = connection.query(
      'SELECT ino FROM inodes INDEXED BY inodes_orphaned WHERE nlink = 0 ORDER BY ino',
    )
    this.#insert = connection.query(
      'INSERT INTO inodes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    this.#update = connection.query(
      `UPDATE inodes SET mode = ?, uid = ?, gid = ?, nlink = ?, rdev = ?, size = ?, atime_sec = ?,
       atime_nsec = ?, mtime_sec = ?, mtime_nsec = ?, ctime_sec = ?, ctime_nsec = ?, btime_sec = ?,
       btime_nsec = ?, parent = ?, target = ? WHERE ino = ?`,
    )
    this.#delete = connection.query('DELETE FROM inodes WHERE ino = ?')
    this.#bound = this.max()
  }

  /** Returns one inode. */
  get(ino: Ino): InodeRow | undefined {
    const cells = this.#select.get(ino)
    return cells === undefined ? undefined : inodeRow(cells)
  }

  /** Inserts or replaces an inode. */
  put(row: Readonly<InodeRow>): void {
    // A number above all others is new: no need to look for an old row to subtract.
    const old = row.ino > this.#bound ? undefined : this.#selectSize.get(row.ino)
    if (old === undefined) {
      this.#insertRow(row)
      this.#bound = Math.max(this.#bound, row.ino)
      this.#totals.inodes += 1
    } else {
      this.#updateRow(row)
      this.#totals.fileBytes -= fileBytes(old[0], old[1])
    }
    this.#totals.fileBytes += fileBytes(row.mode, row.size)
  }

  /** Removes an inode and tells whether it was there. */
  delete(ino: Ino): boolean {
    const old = this.#selectSize.get(ino)
    if (old === undefined) return false
    this.#delete.run(ino)
    this.#totals.inodes -= 1
    this.#totals.fileBytes -= fileBytes(old[0], old[1])
    return true
  }

  /** Largest inode number, at least 1. */
  max(): Ino {
    return this.#selectMax.get()?.[0] ?? 1
  }

  /** Inodes without a name. */
  orphans(): Ino[] {
    return this.#selectOrphans.all().map(([ino]) => ino)
  }

  #insertRow(row: Readonly<InodeRow>): void {
    this.#insert.run(
      row.ino,
      row.mode,
      row.uid,
      row.gid,
      row.nlink,
      row.rdev,
      row.size,
      row.atimeSec,
      row.atimeNsec,
      row.mtimeSec,
      row.mtimeNsec,
      row.ctimeSec,
      row.ctimeNsec,
      row.btimeSec,
      row.btimeNsec,
      row.parent,
      row.target,
    )
  }

  #updateRow(row: Readonly<InodeRow>): void {
    this.#update.run(
      row.mode,
      row.uid,
      row.gid,
      row.nlink,
      row.rdev,
      row.size,
      row.atimeSec,
      row.atimeNsec,
      row.mtimeSec,
      row.mtimeNsec,
      row.ctimeSec,
      row.ctimeNsec,
      row.btimeSec,
      row.btimeNsec,
      row.parent,
      row.target,
      row.ino,
    )
  }
}

/** What an inode adds to the sum of file sizes. */
function fileBytes(mode: number, size: number): number {
  return (mode & S_IFMT) === S_IFREG ? size : 0
}
