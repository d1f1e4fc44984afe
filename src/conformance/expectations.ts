import assert from 'node:assert/strict'

/** Rejects unless both hold the same bytes, whichever class they are of. */
export function expectBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  assert.equal(actual.length, expected.length, `${what}: length`)
  const differsAt = actual.findIndex((byte, n) => byte !== expected[n])
  assert.equal(differsAt, -1, `${what}: first difference at byte ${differsAt}`)
}

/** Rejects unless `call` throws, or returns a promise that rejects, with `code`. */
export async function expectFailure(
  code: string,
  what: string,
  call: () => unknown,
): Promise<void> {
  await assert.rejects(async () => call(), { code }, `${what}: expected ${code}`)
}
