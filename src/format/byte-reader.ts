import { damaged } from './damage.ts'

/**
 * Reads little-endian values from a part of a buffer.
 *
 * Every read is checked against the end: damaged bytes give `DATA_CORRUPT`, never another error and never
 * bytes from beyond the part.
 */
export class ByteReader {
  private readonly buffer: Buffer
  private at: number
  private readonly end: number

  /**
   * @param bytes - borrowed while the reader is in use
   * @param what - name of the thing being read, for messages
   */
  constructor(
    bytes: Uint8Array,
    private readonly what: string,
    from = 0,
    to: number = bytes.length,
  ) {
    if (from < 0 || to < from || to > bytes.length) throw damaged(`${what} is cut short`)
    this.buffer = asBuffer(bytes)
    this.at = from
    this.end = to
  }

  /** Where the next value starts. */
  get position(): number {
    return this.at
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.end - this.at
  }

  private advance(count: number): number {
    const at = this.at
    if (count > this.end - at) throw damaged(`${this.what} is cut short`, { at })
    this.at = at + count
    return at
  }

  u8(): number {
    const at = this.advance(1)
    return this.buffer[at] as number
  }

  u16(): number {
    const at = this.advance(2)
    return (this.buffer[at] as number) | ((this.buffer[at + 1] as number) << 8)
  }

  u32(): number {
    const at = this.advance(4)
    return loadU32(this.buffer, at)
  }

  /** Reads eight bytes; a value that a `number` cannot hold exactly is damage. */
  u64(): number {
    const at = this.advance(8)
    const high = loadU32(this.buffer, at + 4)
    if (high > 0x1f_ffff) throw damaged(`${this.what} holds a number out of range`, { at })
    return high * 0x1_0000_0000 + loadU32(this.buffer, at)
  }

  /** Reads eight bytes in two's complement; a value that a `number` cannot hold exactly is damage. */
  i64(): number {
    const at = this.advance(8)
    const high = loadU32(this.buffer, at + 4) | 0
    const value = high * 0x1_0000_0000 + loadU32(this.buffer, at)
    if (!Number.isSafeInteger(value)) {
      throw damaged(`${this.what} holds a number out of range`, { at })
    }
    return value
  }

  /** Returns the next `count` bytes as a view of the buffer. */
  view(count: number): Uint8Array {
    const at = this.advance(count)
    return this.buffer.subarray(at, at + count)
  }

  /** Returns a copy of the next `count` bytes. */
  bytes(count: number): Uint8Array {
    return new Uint8Array(this.view(count))
  }

  /** Reads a length of two bytes and that many bytes as a byte string. */
  byteString(): string {
    const count = this.u16()
    const at = this.advance(count)
    return this.buffer.toString('latin1', at, at + count)
  }

  /** Reads a length of two bytes and that many bytes of UTF-8. */
  text(): string {
    const count = this.u16()
    return decodeUtf8(this.view(count), this.what)
  }

  /** Moves past `count` bytes. */
  skip(count: number): void {
    this.advance(count)
  }

  /** Requires that all bytes were read. */
  finish(): void {
    if (this.at !== this.end) throw damaged(`${this.what} is too long`, { at: this.at })
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Returns the text that `bytes` encode. `what` names them in the message. */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    throw damaged(`${what} holds invalid text`)
  }
}

/** Returns a `Buffer` over the same memory. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Reads an unsigned number of four bytes, little-endian. The caller has checked the bounds. */
export function loadU32(source: Uint8Array, at: number): number {
  return (
    ((source[at] as number) |
      ((source[at + 1] as number) << 8) |
      ((source[at + 2] as number) << 16) |
      ((source[at + 3] as number) << 24)) >>>
    0
  )
}
