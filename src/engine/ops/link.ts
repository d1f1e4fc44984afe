import { type ByteString, type Ino, PosixError } from '../../core/index.ts'
import type { Inode } from '../tree/inode.ts'
import type { Volume } from '../tree/volume.ts'
import { checkName } from './names.ts'
import { now, stampChange, stampContents } from './stamps.ts'

/** Names one inode may have: what `st_nlink` of every consumer can hold. */
const LINKS_MAX = 2_000_000_000

/** See `Operations.link`. */
export function link(volume: Volume, ino: Ino, parentIno: Ino, name: ByteString): Inode {
  volume.assertWritable()
  checkName(name)
  const inode = volume.inode(ino)
  const parent = volume.liveDirectory(parentIno)
  if (volume.store.getDentry(parentIno, name) !== undefined) throw new PosixError('EEXIST')
  if (inode.isDirectory) throw new PosixError('EPERM')
  if (inode.nlink === 0) throw new PosixError('ENOENT')
  if (inode.nlink >= LINKS_MAX) throw new PosixError('EMLINK')
  const time = now(volume.clock)
  inode.nlink++
  stampChange(inode, time)
  stampContents(parent, time)
  volume.record([
    { kind: 'dentry', parent: parentIno, name, ino },
    { kind: 'inode', row: inode },
    { kind: 'inode', row: parent },
  ])
  volume.inodes.reference(ino)
  return inode
}
