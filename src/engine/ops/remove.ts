/** Taking names away. */
import { type ByteString, type Ino, PosixError, type RowChange } from '../../core/index.ts'
import type { Inode } from '../tree/inode.ts'
import type { Volume } from '../tree/volume.ts'
import { now, stampChange, stampContents } from './stamps.ts'

/**
 * Takes one name from `inode` and returns what that changes. An inode that nobody holds goes at once,
 * else with its last reference.
 */
export function dropLink(volume: Volume, inode: Inode, changes: RowChange[]): void {
  inode.nlink = inode.isDirectory ? 0 : inode.nlink - 1
  if (inode.nlink === 0 && !volume.inodes.referenced(inode.ino)) {
    changes.push({ kind: 'inodeDelete', ino: inode.ino })
  } else {
    changes.push({ kind: 'inode', row: inode })
  }
}

/** See `Operations.unlink`. */
export function unlink(volume: Volume, parentIno: Ino, name: ByteString): void {
  volume.assertWritable()
  const parent = volume.directory(parentIno)
  const inode = volume.child(parentIno, name)
  if (inode === undefined) throw new PosixError('ENOENT')
  if (inode.isDirectory) throw new PosixError('EISDIR')
  const time = now(volume.clock)
  stampContents(parent, time)
  stampChange(inode, time)
  const changes: RowChange[] = [
    { kind: 'dentryDelete', parent: parentIno, name },
    { kind: 'inode', row: parent },
  ]
  dropLink(volume, inode, changes)
  volume.record(changes)
}

/** See `Operations.rmdir`. */
export function rmdir(volume: Volume, parentIno: Ino, name: ByteString): void {
  volume.assertWritable()
  const parent = volume.directory(parentIno)
  const inode = volume.child(parentIno, name)
  if (inode === undefined) throw new PosixError('ENOENT')
  if (!inode.isDirectory) throw new PosixError('ENOTDIR')
  if (volume.store.hasDentries(inode.ino)) throw new PosixError('ENOTEMPTY')
  const time = now(volume.clock)
  stampContents(parent, time)
  stampChange(inode, time)
  parent.nlink--
  const changes: RowChange[] = [
    { kind: 'dentryDelete', parent: parentIno, name },
    { kind: 'inode', row: parent },
  ]
  dropLink(volume, inode, changes)
  volume.record(changes)
}
