import { StratusError } from '../../core/errors.ts'

const KEY_BYTES_MAX = 512
const PART = /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/

/** @throws StratusError `OPTIONS_INVALID` unless `key` is one the contract allows */
export function checkKey(key: string): void {
  if (key.length <= KEY_BYTES_MAX && key.split('/').every((part) => PART.test(part))) return
  throw new StratusError('OPTIONS_INVALID', 'object key is not allowed', { details: { key } })
}
