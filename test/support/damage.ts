import { StratusError } from '../../src/core/index.ts'

/** Where the version of its format lies in every object. */
const VERSION_AT = 8

/** Size of a version, bytes. */
const VERSION_BYTES = 2

/**
 * Reads every truncation of `bytes`, and `bytes` with every bit flipped, and returns what went wrong: reads
 * that succeeded or failed with anything but `DATA_CORRUPT` (or `FORMAT_UNSUPPORTED`, for the version).
 *
 * @param read - must look at all of its argument
 * @param options - which bits to flip in each byte, all by default; where inner objects start
 */
export function undetectedDamage(
  bytes: Uint8Array,
  read: (bytes: Uint8Array) => unknown,
  options: { readonly bits?: readonly number[]; readonly innerAt?: readonly number[] } = {},
): string[] {
  const { bits = [1, 2, 4, 8, 16, 32, 64, 128], innerAt = [] } = options
  const versionsAt = [0, ...innerAt].map((start) => start + VERSION_AT)
  const missed: string[] = []
  const attempt = (what: string, damaged: Uint8Array, codes: readonly string[]) => {
    try {
      read(damaged)
      missed.push(`${what}: read`)
    } catch (error) {
      const code = error instanceof StratusError ? error.code : String(error)
      if (!codes.includes(code)) missed.push(`${what}: ${code}`)
    }
  }
  for (let length = 0; length < bytes.length; length += 1) {
    attempt(`cut to ${length}`, bytes.slice(0, length), ['DATA_CORRUPT'])
  }
  attempt('one byte more', Uint8Array.of(...bytes, 0), ['DATA_CORRUPT'])
  const damaged = new Uint8Array(bytes)
  for (let at = 0; at < bytes.length; at += 1) {
    const isVersion = versionsAt.some((start) => at >= start && at < start + VERSION_BYTES)
    for (const bit of bits) {
      damaged[at] = (bytes[at] as number) ^ bit
      attempt(`bit ${bit} of byte ${at}`, damaged, [
        isVersion ? 'FORMAT_UNSUPPORTED' : 'DATA_CORRUPT',
      ])
    }
    damaged[at] = bytes[at] as number
  }
  return missed
}

/** Returns the code of the StratusError that `action` throws. */
export function codeOf(action: () => unknown): string | undefined {
  try {
    action()
  } catch (error) {
    return error instanceof StratusError ? error.code : String(error)
  }
  return undefined
}
