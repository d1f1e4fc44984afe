import { StratusError } from '../../core/errors.ts'

const KEY_BYTES_MAX = 512
/** Longest name Linux file systems take, bytes. The contract allows longer ones; the engine has none. */
const PART_BYTES_MAX = 255
const PART = /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/

/** Whether `name` may stand between the slashes of a key. Other files in the folder are not ours. */
export function isKeyPart(name: string): boolean {
  return name.length <= PART_BYTES_MAX && PART.test(name)
}

/**
 * Makes sure that `key` is also a relative path that stays inside the folder.
 *
 * @throws StratusError `OPTIONS_INVALID`
 */
export function checkKey(key: string): void {
  if (key.length <= KEY_BYTES_MAX && key.split('/').every(isKeyPart)) return
  throw new StratusError('OPTIONS_INVALID', 'object key is not allowed', { details: { key } })
}
