import { PosixError } from '../../core/errors.ts'
import type { ByteString } from '../../core/units.ts'
import { REPLY_HEADER_BYTES, WRITE_DATA_OFFSET } from './protocol.ts'

const TWO_TO_32 = 4294967296
/** Most requests that arrive at once. */
const BATCH_MAX = 64

/**
 * The memory that requests arrive in and replies leave from.
 *
 * Its form is that of `native/channel.h`: slots, then the rings. All views are made once; reading a
 * request allocates nothing but its names.
 */
export class SlotMemory {
  /** All of it as u32, in the machine's byte order as the protocol has it. */
  readonly words: Uint32Array
  /** All of it as bytes. */
  readonly bytes: Buffer
  /** Bytes of a slot. */
  readonly slotBytes: number
  /** Most bytes of a reply's payload. */
  readonly payloadBytesMax: number
  /** Words of the ring of requests: pairs of slot and bytes. */
  readonly arrivedWord: number
  /** Words of the ring of replies: triples of slot, payload bytes and error number. */
  readonly outgoingWord: number
  /** Word that holds the number of replies in the ring. */
  readonly outgoingCountWord: number
  /** Word that counts the replies that the kernel refused. */
  readonly undeliveredWord: number

  private readonly buffer: ArrayBuffer
  private readonly readTargets: (Uint8Array | undefined)[]
  private readonly writeSources: (Uint8Array | undefined)[]

  constructor(memory: ArrayBuffer, slots: number, slotBytes: number) {
    this.buffer = memory
    this.words = new Uint32Array(memory)
    this.bytes = Buffer.from(memory)
    this.slotBytes = slotBytes
    this.payloadBytesMax = slotBytes - REPLY_HEADER_BYTES
    this.arrivedWord = (slots * slotBytes) >>> 2
    this.outgoingWord = this.arrivedWord + 2 * BATCH_MAX
    this.outgoingCountWord = this.outgoingWord + 3 * slots
    this.undeliveredWord = this.outgoingCountWord + 1
    this.readTargets = new Array(slots).fill(undefined)
    this.writeSources = new Array(slots).fill(undefined)
  }

  /** Returns the u64 at a word. Exact up to 2^53. */
  wide(word: number): number {
    return (this.words[word] as number) + (this.words[word + 1] as number) * TWO_TO_32
  }

  /** Returns the i64 at a word. Exact between -2^53 and 2^53. */
  signedWide(word: number): number {
    return (this.words[word] as number) + ((this.words[word + 1] as number) | 0) * TWO_TO_32
  }

  /** Stores a whole number between -2^53 and 2^53 as 64 bits. */
  setWide(word: number, value: number): void {
    this.words[word] = value
    this.words[word + 1] = Math.floor(value / TWO_TO_32)
  }

  /**
   * Returns the NUL-terminated string at a byte.
   *
   * @param end - end of the request
   */
  name(at: number, end: number): ByteString {
    const { bytes } = this
    let nul = at
    while (nul < end && bytes[nul] !== 0) nul++
    if (nul >= end) throw new PosixError('EINVAL')
    return bytes.toString('latin1', at, nul)
  }

  /** Returns the payload of a slot's reply as the place to read file data into. */
  readTarget(slot: number, size: number): Uint8Array {
    const known = this.readTargets[slot]
    if (known !== undefined && known.length === size) return known
    const made = new Uint8Array(this.buffer, slot * this.slotBytes + REPLY_HEADER_BYTES, size)
    this.readTargets[slot] = made
    return made
  }

  /** Returns the data of the WRITE request in a slot. */
  writeSource(slot: number, size: number): Uint8Array {
    const known = this.writeSources[slot]
    if (known !== undefined && known.length === size) return known
    const made = new Uint8Array(this.buffer, slot * this.slotBytes + WRITE_DATA_OFFSET, size)
    this.writeSources[slot] = made
    return made
  }
}
