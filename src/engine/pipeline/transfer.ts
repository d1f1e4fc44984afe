/** Bytes on their way to another thread. */

/**
 * Returns `bytes` in memory of its own: itself when nothing else lies in its buffer. A message takes the
 * whole buffer along, which for a part of a pool would be slow and would show what else is in there.
 */
export function compact(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
    ? new Uint8Array(buffer)
    : new Uint8Array(bytes)
}

/** Joins byte sequences of equal length. */
export function concatenate(parts: readonly Uint8Array[], partBytes: number): Uint8Array {
  const joined = new Uint8Array(parts.length * partBytes)
  for (const [index, part] of parts.entries()) joined.set(part, index * partBytes)
  return joined
}

/** Something that takes messages: a `Worker` or a `MessagePort`. */
export interface MessageTarget {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void
}

/**
 * Posts a message and hands over the buffers of `moved`, which must be compact.
 *
 * Buffers that a native addon owns cannot be handed over; they are copied then.
 */
export function post(
  target: MessageTarget,
  message: unknown,
  moved: readonly Uint8Array<ArrayBuffer>[] = [],
): void {
  const buffers = new Set(moved.map((bytes) => bytes.buffer))
  try {
    target.postMessage(message, [...buffers])
  } catch (error) {
    if (buffers.size === 0 || !isCloneError(error)) throw error
    target.postMessage(message)
  }
}

function isCloneError(error: unknown): boolean {
  return error instanceof Error && error.name === 'DataCloneError'
}
