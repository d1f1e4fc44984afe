/** Finding inodes and giving them back. */
import { type ByteString, type Ino, PosixError, S_IFLNK, S_IFMT } from '../../core/index.ts'
import type { Inode } from '../tree/inode.ts'
import type { Volume } from '../tree/volume.ts'

/** See `Operations.lookup`. */
export function lookup(volume: Volume, parent: Ino, name: ByteString): Inode {
  if (name.length > 255) throw new PosixError('ENAMETOOLONG')
  const ino = volume.store.getDentry(parent, name)
  if (ino === undefined) {
    // The frequent miss needs no look at the parent; only its error does.
    volume.directory(parent)
    throw new PosixError('ENOENT')
  }
  const inode = volume.inode(ino)
  volume.inodes.reference(ino)
  return inode
}

/** See `Operations.forget`. Returns whether the inode is gone now. */
export function forget(volume: Volume, ino: Ino, count: number): boolean {
  // Whoever cannot change anything leaves the inode to the next mount; the view may be closed.
  if (!volume.inodes.release(ino, count) || volume.frozen !== undefined) return false
  const inode = volume.inodes.peek(ino) ?? volume.inodes.get(ino)
  if (inode === undefined || inode.nlink > 0) return false
  volume.reap(inode)
  return true
}

/** See `Operations.readlink`. */
export function readlink(volume: Volume, ino: Ino): ByteString {
  const inode = volume.inode(ino)
  if ((inode.mode & S_IFMT) !== S_IFLNK) throw new PosixError('EINVAL')
  return inode.target
}
