/** Above this many characters a native copy is faster than a loop. Measured on Node 20. */
const LOOP_CHARACTERS_MAX = 32

/**
 * Appends little-endian values to one growing buffer.
 *
 * Every file-system operation is encoded through it before it is acknowledged, so the methods store
 * bytes without views or allocations. Ranges of values are the caller's duty; a value out of range is a
 * programming mistake and is stored truncated, except where a method says otherwise.
 */
export class ByteWriter {
  private buffer: Buffer
  private used = 0

  constructor(capacityBytes = 1024) {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(64, capacityBytes))
  }

  /** Bytes written so far. */
  get length(): number {
    return this.used
  }

  /** Forgets everything and keeps the memory. */
  reset(): void {
    this.used = 0
  }

  /** Makes room for `count` more bytes. */
  private ensure(count: number): number {
    const at = this.used
    if (at + count > this.buffer.length) this.grow(at + count)
    this.used = at + count
    return at
  }

  private grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.used)
    this.buffer = grown
  }

  /** Appends one byte. */
  u8(value: number): void {
    const at = this.ensure(1)
    this.buffer[at] = value
  }

  /** Appends an unsigned number of two bytes. */
  u16(value: number): void {
    const at = this.ensure(2)
    const buffer = this.buffer
    buffer[at] = value
    buffer[at + 1] = value >>> 8
  }

  /** Appends an unsigned number of four bytes. */
  u32(value: number): void {
    const at = this.ensure(4)
    storeU32(this.buffer, at, value)
  }

  /** Appends an unsigned number of eight bytes; exact up to 2^53. */
  u64(value: number): void {
    const at = this.ensure(8)
    storeU32(this.buffer, at, value)
    storeU32(this.buffer, at + 4, value / 0x1_0000_0000)
  }

  /** Appends a signed number of eight bytes in two's complement; exact from -2^53 to 2^53. */
  i64(value: number): void {
    const at = this.ensure(8)
    storeU32(this.buffer, at, value)
    storeU32(this.buffer, at + 4, Math.floor(value / 0x1_0000_0000))
  }

  /** Appends bytes as they are. */
  bytes(value: Uint8Array): void {
    const at = this.ensure(value.length)
    this.buffer.set(value, at)
  }

  /** Appends `count` zero bytes. */
  zeros(count: number): void {
    const at = this.ensure(count)
    this.buffer.fill(0, at, at + count)
  }

  /**
   * Appends the length of a byte string (two bytes), then its bytes.
   *
   * @throws TypeError when it is longer than 65,535 bytes
   */
  byteString(value: string): void {
    const count = value.length
    if (count > 0xffff) throw new TypeError('byte string is too long')
    const at = this.ensure(2 + count)
    const buffer = this.buffer
    buffer[at] = count
    buffer[at + 1] = count >>> 8
    if (count > LOOP_CHARACTERS_MAX) {
      buffer.write(value, at + 2, count, 'latin1')
      return
    }
    for (let index = 0; index < count; index += 1) buffer[at + 2 + index] = value.charCodeAt(index)
  }

  /**
   * Appends the length of a text in UTF-8 (two bytes), then its bytes.
   *
   * @throws TypeError when it is longer than 65,535 bytes
   */
  text(value: string): void {
    const count = Buffer.byteLength(value, 'utf8')
    if (count > 0xffff) throw new TypeError('text is too long')
    this.u16(count)
    const at = this.ensure(count)
    this.buffer.write(value, at, count, 'utf8')
  }

  /** Replaces the four bytes at `at`, which must have been written. */
  patchU32(at: number, value: number): void {
    storeU32(this.buffer, at, value)
  }

  /** Returns what was written, as a view that the next call may invalidate. */
  view(): Buffer {
    return this.buffer.subarray(0, this.used)
  }

  /** Returns a copy of what was written, in memory of its own. */
  copy(): Uint8Array {
    return new Uint8Array(this.view())
  }
}

/** Stores the low 32 bits of `value` at `at`, little-endian. */
export function storeU32(target: Uint8Array, at: number, value: number): void {
  target[at] = value
  target[at + 1] = value >>> 8
  target[at + 2] = value >>> 16
  target[at + 3] = value >>> 24
}

/** Stores an unsigned number of eight bytes at `at`, little-endian; exact up to 2^53. */
export function storeU64(target: Uint8Array, at: number, value: number): void {
  storeU32(target, at, value)
  storeU32(target, at + 4, value / 0x1_0000_0000)
}
