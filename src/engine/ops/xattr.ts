/** Extended attributes. */
import {
  type ByteString,
  type Ino,
  NAME_BYTES_MAX,
  PosixError,
  XATTR_CREATE,
  XATTR_REPLACE,
} from '../../core/index.ts'
import type { Volume } from '../tree/volume.ts'
import { now, stampChange } from './stamps.ts'

/** Largest value, bytes: the kernel's `XATTR_SIZE_MAX`. */
export const VALUE_BYTES_MAX = 65536

/**
 * Names that can be stored. POSIX ACLs (`system.`) are refused until they are enforced: storing one without
 * the mode bits that follow from it would be worse, and programs fall back to chmod(2).
 */
const STORED_NAMES = /^(?:user|trusted|security)\../s

function checkNamespace(name: ByteString): void {
  if (!STORED_NAMES.test(name)) throw new PosixError('EOPNOTSUPP')
}

/** See `Operations.getxattr`. */
export function getxattr(volume: Volume, ino: Ino, name: ByteString): Uint8Array {
  checkNamespace(name)
  const value = volume.store.getXattr(ino, name)
  if (value === undefined) throw new PosixError('ENODATA')
  return value
}

/** See `Operations.listxattr`. */
export function listxattr(volume: Volume, ino: Ino): ByteString[] {
  return volume.store.listXattrs(ino)
}

/** See `Operations.setxattr`. */
export function setxattr(
  volume: Volume,
  ino: Ino,
  name: ByteString,
  value: Uint8Array,
  flags: number,
): void {
  volume.assertWritable()
  checkNamespace(name)
  if (name.length === 0 || name.length > NAME_BYTES_MAX) throw new PosixError('ERANGE')
  if (value.byteLength > VALUE_BYTES_MAX) throw new PosixError('E2BIG')
  const inode = volume.inode(ino)
  const exists = volume.store.getXattr(ino, name) !== undefined
  if (exists && (flags & XATTR_CREATE) !== 0) throw new PosixError('EEXIST')
  if (!exists && (flags & XATTR_REPLACE) !== 0) throw new PosixError('ENODATA')
  stampChange(inode, now(volume.clock))
  // The caller's buffer is borrowed; the change set keeps the value until the next seal.
  const row = { ino, name, value: Uint8Array.from(value) }
  volume.record([
    { kind: 'inode', row: inode },
    { kind: 'xattr', row },
  ])
}

/** See `Operations.removexattr`. */
export function removexattr(volume: Volume, ino: Ino, name: ByteString): void {
  volume.assertWritable()
  checkNamespace(name)
  const inode = volume.inode(ino)
  if (volume.store.getXattr(ino, name) === undefined) throw new PosixError('ENODATA')
  stampChange(inode, now(volume.clock))
  volume.record([
    { kind: 'inode', row: inode },
    { kind: 'xattrDelete', ino, name },
  ])
}
