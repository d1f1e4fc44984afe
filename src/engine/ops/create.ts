/** Making inodes: files of all types, directories, symbolic links. */
import {
  type ByteString,
  type Caller,
  type Ino,
  PosixError,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_ISGID,
} from '../../core/index.ts'
import { Inode } from '../tree/inode.ts'
import type { Volume } from '../tree/volume.ts'
import { checkName } from './names.ts'
import { now, stampContents } from './stamps.ts'

/** Longest target of a symbolic link, bytes: `PATH_MAX` with its final NUL. */
export const TARGET_BYTES_MAX = 4095

/** Subdirectories a directory may have; ext4's limit, and far below that of the row. */
const DIRECTORY_LINKS_MAX = 4_000_000_000

interface Blueprint {
  readonly mode: number
  readonly rdev: number
  readonly target: ByteString
}

function make(
  volume: Volume,
  parentIno: Ino,
  name: ByteString,
  blueprint: Blueprint,
  caller: Caller,
): Inode {
  volume.assertWritable()
  checkName(name)
  const parent = volume.liveDirectory(parentIno)
  if (volume.store.getDentry(parentIno, name) !== undefined) throw new PosixError('EEXIST')
  const directory = (blueprint.mode & S_IFMT) === S_IFDIR
  if (directory && parent.nlink >= DIRECTORY_LINKS_MAX) throw new PosixError('EMLINK')
  const time = now(volume.clock)
  // A set-group-id directory hands its group down, and itself to directories made in it.
  const inherits = (parent.mode & S_ISGID) !== 0
  const inode = new Inode({
    ino: volume.inodes.allocate(),
    mode: inherits && directory ? blueprint.mode | S_ISGID : blueprint.mode,
    uid: caller.uid,
    gid: inherits ? parent.gid : caller.gid,
    nlink: directory ? 2 : 1,
    rdev: blueprint.rdev,
    size: blueprint.target.length,
    atimeSec: time.sec,
    atimeNsec: time.nsec,
    mtimeSec: time.sec,
    mtimeNsec: time.nsec,
    ctimeSec: time.sec,
    ctimeNsec: time.nsec,
    btimeSec: time.sec,
    btimeNsec: time.nsec,
    parent: directory ? parentIno : 0,
    target: blueprint.target,
  })
  volume.inodes.insert(inode)
  stampContents(parent, time)
  if (directory) parent.nlink++
  volume.record([
    { kind: 'inode', row: inode },
    { kind: 'inode', row: parent },
    { kind: 'dentry', parent: parentIno, name, ino: inode.ino },
  ])
  volume.inodes.reference(inode.ino)
  return inode
}

/** See `Operations.mknod`. */
export function mknod(
  volume: Volume,
  parent: Ino,
  name: ByteString,
  mode: number,
  rdev: number,
  caller: Caller,
): Inode {
  const type = mode & S_IFMT
  if (type === S_IFDIR || type === S_IFLNK) throw new PosixError('EINVAL')
  const typed = type === 0 ? mode | S_IFREG : mode
  return make(volume, parent, name, { mode: typed, rdev, target: '' }, caller)
}

/** See `Operations.mkdir`. */
export function mkdir(
  volume: Volume,
  parent: Ino,
  name: ByteString,
  mode: number,
  caller: Caller,
): Inode {
  const blueprint = { mode: S_IFDIR | (mode & 0o7777), rdev: 0, target: '' }
  return make(volume, parent, name, blueprint, caller)
}

/** See `Operations.symlink`. */
export function symlink(
  volume: Volume,
  parent: Ino,
  name: ByteString,
  target: ByteString,
  caller: Caller,
): Inode {
  if (target.length > TARGET_BYTES_MAX) throw new PosixError('ENAMETOOLONG')
  return make(volume, parent, name, { mode: S_IFLNK | 0o777, rdev: 0, target }, caller)
}
