import type { Sequence } from '../../core/units.ts'

/** What the keys of all records start with. */
export const LOG_PREFIX = 'log/'

const HEX_DIGITS = 16
const LOG_KEY = /^log\/[0-9a-f]{16}$/

/** Key of a record. All keys are of one length, so a listing comes in the order of the log. */
export function logKey(sequence: Sequence): string {
  return `${LOG_PREFIX}${sequence.toString(16).padStart(HEX_DIGITS, '0')}`
}

/** Whether a key is that of a record. */
export function isLogKey(key: string): boolean {
  return LOG_KEY.test(key)
}
