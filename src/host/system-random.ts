import { randomBytes } from 'node:crypto'
import type { Random } from '../core/index.ts'

/** Random bytes of the operating system. */
export const systemRandom: Random = {
  bytes: (count) => new Uint8Array(randomBytes(count)),
  fraction: () => Math.random(),
}
