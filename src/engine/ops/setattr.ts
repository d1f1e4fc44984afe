import {
  type AttributeChange,
  type Caller,
  PosixError,
  type RowChange,
  S_ISGID,
  S_ISUID,
} from '../../core/index.ts'
import type { Inode } from '../tree/inode.ts'
import type { Volume } from '../tree/volume.ts'
import { now, stampContents } from './stamps.ts'

/** Largest file, bytes: what a `number` counts exactly, rounded down to whole MiB. */
export const FILE_BYTES_MAX: number = Math.floor(Number.MAX_SAFE_INTEGER / 1048576) * 1048576

/** What a write or a change of owner by an ordinary user takes away. */
export function clearPrivileges(inode: Inode): void {
  const groupExecutable = (inode.mode & 0o010) !== 0
  inode.mode &= ~(groupExecutable ? S_ISUID | S_ISGID : S_ISUID)
}

/** Sets the length of a file and returns the change that hides what is cut off. */
function resize(inode: Inode, size: number): RowChange | undefined {
  if (size < 0 || size > FILE_BYTES_MAX) throw new PosixError('EFBIG')
  const shrinks = size < inode.size
  inode.size = size
  if (!shrinks) return undefined
  return {
    kind: 'extentClear',
    ino: inode.ino,
    offset: size,
    length: Number.MAX_SAFE_INTEGER - size,
  }
}

/** See `Operations.setattr`. */
export function setattr(
  volume: Volume,
  inode: Inode,
  change: AttributeChange,
  caller: Caller,
): Inode {
  volume.assertWritable()
  const time = now(volume.clock)
  const changes: RowChange[] = []
  if (change.size !== undefined) {
    if (inode.isDirectory) throw new PosixError('EISDIR')
    if (!inode.isRegular) throw new PosixError('EINVAL')
    const cut = resize(inode, change.size)
    if (cut !== undefined) changes.push(cut)
    stampContents(inode, time)
  }
  if (change.killPrivileges === true) clearPrivileges(inode)
  if (change.mode !== undefined) {
    inode.mode = (inode.mode & ~0o7777) | (change.mode & 0o7777)
  }
  if (change.uid !== undefined || change.gid !== undefined) {
    if (change.mode === undefined && inode.isRegular && caller.uid !== 0) clearPrivileges(inode)
    inode.uid = change.uid ?? inode.uid
    inode.gid = change.gid ?? inode.gid
  }
  if (change.atime !== undefined) {
    const atime = change.atime === 'now' ? time : change.atime
    inode.atimeSec = atime.sec
    inode.atimeNsec = atime.nsec
  }
  if (change.mtime !== undefined) {
    const mtime = change.mtime === 'now' ? time : change.mtime
    inode.mtimeSec = mtime.sec
    inode.mtimeNsec = mtime.nsec
  }
  const ctime = change.ctime ?? time
  inode.ctimeSec = ctime.sec
  inode.ctimeNsec = ctime.nsec
  changes.push({ kind: 'inode', row: inode })
  volume.record(changes)
  return inode
}
