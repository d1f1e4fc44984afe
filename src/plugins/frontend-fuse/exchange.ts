import type { Caller, Operations } from '../../core/operations.ts'
import type { Channel } from './addon.ts'
import type { AttributeEncoder } from './attribute-encoder.ts'
import type { Failures } from './failures.ts'
import { HeaderWord } from './protocol.ts'
import type { References } from './references.ts'
import type { Replies } from './replies.ts'
import type { SlotMemory } from './slot-memory.ts'

/** Answer of a handler: the slot becomes free and no reply leaves from it. */
export const NO_REPLY = -1
/** Answer of a handler: the reply comes later. */
export const LATER = -2

/**
 * What handlers of requests work with.
 *
 * A handler gets the number of a slot and returns the bytes of the payload that it wrote into the
 * slot, or {@link NO_REPLY}, or {@link LATER}. It reads what it needs of the request before it
 * writes, because both share the slot.
 */
export class Exchange {
  private lastCaller: Caller = { uid: 0, gid: 0, pid: 0 }

  constructor(
    readonly operations: Operations,
    readonly channel: Channel,
    readonly memory: SlotMemory,
    readonly encoder: AttributeEncoder,
    readonly references: References,
    readonly replies: Replies,
    readonly failures: Failures,
  ) {}

  /** First byte of a slot. */
  byteOf(slot: number): number {
    return slot * this.memory.slotBytes
  }

  /** First word of a slot. */
  wordOf(slot: number): number {
    return (slot * this.memory.slotBytes) >>> 2
  }

  /** Inode that the request in a slot is about. */
  nodeOf(slot: number): number {
    return this.memory.wide(this.wordOf(slot) + HeaderWord.NODE)
  }

  /** Who made the request in a slot. Requests of one process in a row share an object. */
  callerOf(slot: number): Caller {
    const { words } = this.memory
    const word = this.wordOf(slot)
    const uid = words[word + HeaderWord.UID] as number
    const gid = words[word + HeaderWord.GID] as number
    const pid = words[word + HeaderWord.PID] as number
    const last = this.lastCaller
    if (last.pid === pid && last.uid === uid && last.gid === gid) return last
    this.lastCaller = { uid, gid, pid }
    return this.lastCaller
  }

  /**
   * Answers a request once `promise` settles.
   *
   * @param encode - writes the payload into the slot and returns its size
   * @param isChange - whether the reply has to wait for `Operations.settle`
   */
  answerLater<T>(
    slot: number,
    promise: Promise<T>,
    encode: (exchange: Exchange, slot: number, value: T) => number,
    isChange: boolean,
  ): typeof LATER {
    this.replies.started()
    promise.then(
      (value) => this.complete(slot, value, encode, isChange),
      (error: unknown) => this.abandon(slot, error),
    )
    return LATER
  }

  /** Answers a request whose operation has ended well. Every such call follows `Replies.started`. */
  complete<T>(
    slot: number,
    value: T,
    encode: (exchange: Exchange, slot: number, value: T) => number,
    isChange: boolean,
  ): void {
    const { replies } = this
    let payloadBytes: number
    try {
      payloadBytes = encode(this, slot, value)
    } catch (error) {
      this.abandon(slot, error)
      return
    }
    if (isChange) replies.answerChange(slot, payloadBytes)
    else replies.answer(slot, payloadBytes)
    replies.sendSoon()
    replies.finished()
  }

  /** Answers a request whose operation failed. Every such call follows `Replies.started`. */
  abandon(slot: number, error: unknown): void {
    const { failures, memory, replies } = this
    const opcode = memory.words[this.wordOf(slot) + HeaderWord.OPCODE] as number
    replies.fail(slot, failures.errnoOf(error, opcode))
    replies.sendSoon()
    replies.finished()
  }
}
