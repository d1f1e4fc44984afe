import type { Operations } from '../../core/operations.ts'
import type { Ino } from '../../core/units.ts'

/** Reads up to `length` bytes of a file; fewer only at its end. */
export async function readBytes(
  operations: Operations,
  ino: Ino,
  offset: number,
  length: number,
): Promise<Buffer> {
  const target = Buffer.alloc(length)
  const count = await operations.read(ino, offset, target)
  return target.subarray(0, count)
}
