/**
 * Returns `count` bytes that look random and are the same on every run: a failure can be repeated.
 *
 * Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8(14), 2003.
 */
export function noise(count: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(count)
  let state = Math.imul(seed, 0x9e3779b9) | 1
  for (let n = 0; n < count; n++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[n] = state >>> 24
  }
  return bytes
}
