import {
  PosixError,
  type RowChange,
  WRITE_FROM_CACHE,
  WRITE_KILL_PRIVILEGES,
} from '../../core/index.ts'
import type { Inode } from '../tree/inode.ts'
import type { Volume } from '../tree/volume.ts'
import { clearPrivileges, FILE_BYTES_MAX } from './setattr.ts'
import { now, stampContents } from './stamps.ts'

/** See `Operations.write`. */
export function write(
  volume: Volume,
  inode: Inode,
  offset: number,
  data: Uint8Array,
  flags: number,
): void {
  volume.assertWritable()
  if (inode.isDirectory) throw new PosixError('EISDIR')
  if (!inode.isRegular) throw new PosixError('EINVAL')
  const end = offset + data.byteLength
  if (end > FILE_BYTES_MAX) throw new PosixError('EFBIG')
  if (data.byteLength === 0) return
  const changes: RowChange[] = [{ kind: 'data', ino: inode.ino, offset, length: data.byteLength }]
  const grows = end > inode.size
  const kills = (flags & WRITE_KILL_PRIVILEGES) !== 0
  const stamps = (flags & WRITE_FROM_CACHE) === 0
  // The row is recorded only when it changes: a kernel that rewrites a file page by page sends the
  // times once, afterwards.
  if (grows || kills || stamps) {
    if (grows) inode.size = end
    if (kills) clearPrivileges(inode)
    if (stamps) stampContents(inode, now(volume.clock))
    changes.push({ kind: 'inode', row: inode })
  }
  volume.record(changes, data)
}
