import {
  type ByteString,
  type Ino,
  PosixError,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  ROOT_INO,
  type RowChange,
} from '../../core/index.ts'
import type { Inode } from '../tree/inode.ts'
import type { Volume } from '../tree/volume.ts'
import { checkName } from './names.ts'
import { dropLink } from './remove.ts'
import { now, stampChange, stampContents } from './stamps.ts'

/** One end of a rename. */
interface End {
  readonly parent: Inode
  readonly name: ByteString
}

/** Whether `directory` is `ancestor` or lies below it. */
function isWithin(volume: Volume, directory: Inode, ancestor: Inode): boolean {
  let at = directory
  while (at.ino !== ancestor.ino) {
    if (at.ino === ROOT_INO) return false
    at = volume.inode(at.parent)
  }
  return true
}

/** Moves a directory's `..` and the link it stands for. */
function reparent(inode: Inode, from: Inode, to: Inode): void {
  if (!inode.isDirectory || from === to) return
  inode.parent = to.ino
  from.nlink--
  to.nlink++
}

function exchange(volume: Volume, source: End, target: End, moved: Inode, other: Inode): void {
  const swapsIntoItself =
    (moved.isDirectory && isWithin(volume, target.parent, moved)) ||
    (other.isDirectory && isWithin(volume, source.parent, other))
  if (swapsIntoItself) throw new PosixError('EINVAL')
  const time = now(volume.clock)
  reparent(moved, source.parent, target.parent)
  reparent(other, target.parent, source.parent)
  for (const inode of [moved, other]) stampChange(inode, time)
  for (const parent of [source.parent, target.parent]) stampContents(parent, time)
  volume.record([
    { kind: 'dentry', parent: target.parent.ino, name: target.name, ino: moved.ino },
    { kind: 'dentry', parent: source.parent.ino, name: source.name, ino: other.ino },
    { kind: 'inode', row: moved },
    { kind: 'inode', row: other },
    { kind: 'inode', row: source.parent },
    { kind: 'inode', row: target.parent },
  ])
}

/** @throws PosixError when `moved` may not take the place of `replaced` */
function checkReplace(volume: Volume, moved: Inode, replaced: Inode): void {
  if (replaced.isDirectory) {
    if (!moved.isDirectory) throw new PosixError('EISDIR')
    if (volume.store.hasDentries(replaced.ino)) throw new PosixError('ENOTEMPTY')
  } else if (moved.isDirectory) {
    throw new PosixError('ENOTDIR')
  }
}

/** See `Operations.rename`. */
export function rename(
  volume: Volume,
  parentIno: Ino,
  name: ByteString,
  newParentIno: Ino,
  newName: ByteString,
  flags: number,
): void {
  volume.assertWritable()
  if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) !== 0) throw new PosixError('EINVAL')
  checkName(newName)
  const source = { parent: volume.directory(parentIno), name }
  const target = { parent: volume.liveDirectory(newParentIno), name: newName }
  const moved = volume.child(parentIno, name)
  if (moved === undefined) throw new PosixError('ENOENT')
  const replaced = volume.child(newParentIno, newName)
  if ((flags & RENAME_EXCHANGE) !== 0) {
    if (replaced === undefined) throw new PosixError('ENOENT')
    if (replaced !== moved) exchange(volume, source, target, moved, replaced)
    return
  }
  if (replaced !== undefined && (flags & RENAME_NOREPLACE) !== 0) throw new PosixError('EEXIST')
  if (moved.isDirectory && isWithin(volume, target.parent, moved)) throw new PosixError('EINVAL')
  if (replaced?.isDirectory === true && isWithin(volume, source.parent, replaced)) {
    throw new PosixError('ENOTEMPTY')
  }
  if (replaced === moved) return
  if (replaced !== undefined) checkReplace(volume, moved, replaced)

  const time = now(volume.clock)
  const changes: RowChange[] = [
    { kind: 'dentryDelete', parent: parentIno, name },
    { kind: 'dentry', parent: newParentIno, name: newName, ino: moved.ino },
  ]
  if (replaced !== undefined) {
    if (replaced.isDirectory) target.parent.nlink--
    stampChange(replaced, time)
    dropLink(volume, replaced, changes)
  }
  reparent(moved, source.parent, target.parent)
  stampChange(moved, time)
  stampContents(source.parent, time)
  stampContents(target.parent, time)
  changes.push({ kind: 'inode', row: moved }, { kind: 'inode', row: source.parent })
  if (target.parent !== source.parent) changes.push({ kind: 'inode', row: target.parent })
  volume.record(changes)
}
