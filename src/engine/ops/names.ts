import { type ByteString, NAME_BYTES_MAX, PosixError } from '../../core/index.ts'

/** @throws PosixError `ENAMETOOLONG`; `EINVAL` for what can be no entry's name */
export function checkName(name: ByteString): void {
  if (name.length > NAME_BYTES_MAX) throw new PosixError('ENAMETOOLONG')
  if (name.length === 0 || name === '.' || name === '..') throw new PosixError('EINVAL')
}
