import {
  type InodeRow,
  NAME_BYTES_MAX,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from '../../core/index.ts'
import { TARGET_BYTES_MAX } from '../ops/create.ts'
import { FILE_BYTES_MAX } from '../ops/setattr.ts'
import { VALUE_BYTES_MAX } from '../ops/xattr.ts'
import type { ViewRule } from './rule.ts'

const types = new Set([S_IFSOCK, S_IFLNK, S_IFREG, S_IFBLK, S_IFDIR, S_IFCHR, S_IFIFO])
const MODE_MAX = 0o177777
const U32_MAX = 0xffff_ffff

function isDevice({ mode }: Readonly<InodeRow>): boolean {
  return (mode & S_IFMT) === S_IFBLK || (mode & S_IFMT) === S_IFCHR
}

function isU32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= U32_MAX
}

/** Whether a size is possible for the type of its inode. */
function isPossibleSize({ mode, size }: Readonly<InodeRow>): boolean {
  if (!Number.isSafeInteger(size) || size < 0) return false
  const type = mode & S_IFMT
  if (type === S_IFREG) return size <= FILE_BYTES_MAX
  return type === S_IFLNK || size === 0
}

/** Rules about inodes by themselves. */
export const inodeRules: readonly ViewRule[] = [
  {
    id: 'inode-type',
    sentence: 'Every inode has one of the seven types.',
    begin: (_view, find) => ({
      inode({ ino, mode }) {
        if (types.has(mode & S_IFMT) && mode >= 0 && mode <= MODE_MAX) return
        find('an inode has an impossible mode', { ino, mode: mode.toString(8) })
      },
    }),
  },
  {
    id: 'inode-size',
    sentence: 'Files are no larger than a file can be, and other inodes but links have size 0.',
    begin: (_view, find) => ({
      inode(row) {
        if (!isPossibleSize(row)) {
          find('an inode has an impossible size', { ino: row.ino, size: row.size })
        }
      },
    }),
  },
  {
    id: 'inode-fields',
    sentence: 'Owners, device numbers and link counts are within their limits.',
    begin: (_view, find) => ({
      inode(row) {
        const { ino, uid, gid, nlink, rdev } = row
        const numbers = { uid, gid, nlink, rdev }
        if (!Object.values(numbers).every(isU32)) {
          find('an inode has a number out of range', { ino, ...numbers })
        } else if (rdev !== 0 && !isDevice(row)) {
          find('an inode that is no device has a device number', { ino, rdev })
        }
      },
    }),
  },
  {
    id: 'symlink-target',
    sentence: 'A symbolic link has a target as long as its size, and nothing else has one.',
    begin: (_view, find) => ({
      inode({ ino, mode, size, target }) {
        if ((mode & S_IFMT) !== S_IFLNK) {
          if (target !== '') find('an inode that is no symbolic link has a target', { ino })
        } else if (target.length !== size || size > TARGET_BYTES_MAX) {
          const details = { ino, size, targetBytes: target.length }
          find('a symbolic link has another size than its target', details)
        }
      },
    }),
  },
  {
    id: 'orphan',
    sentence:
      'An inode without a name was open when it was committed, and goes with the next mount.',
    begin: (_view, find) => ({
      inode({ ino, nlink, size }) {
        if (nlink === 0) find('an inode has no name any more', { ino, size }, 'info')
      },
    }),
  },
  {
    id: 'xattr',
    sentence: 'Every extended attribute belongs to an inode and is within its limits.',
    begin: (view, find) => ({
      xattr({ ino, name, value }) {
        if (view.typeOf(ino) === 0) {
          find('an extended attribute belongs to an inode that does not exist', { ino })
        }
        if (name.length === 0 || name.length > NAME_BYTES_MAX) {
          find('an extended attribute has an impossible name', { ino, nameBytes: name.length })
        }
        if (value.byteLength > VALUE_BYTES_MAX) {
          find('an extended attribute is too large', { ino, valueBytes: value.byteLength })
        }
      },
    }),
  },
]
