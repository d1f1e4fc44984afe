import type { Operations } from '../../core/operations.ts'
import type { Channel } from './addon.ts'
import { ENTRY_BYTES } from './attribute-encoder.ts'
import type { Failures } from './failures.ts'
import { HeaderWord, REPLY_HEADER_WORDS } from './protocol.ts'
import type { References } from './references.ts'
import type { SlotMemory } from './slot-memory.ts'

/** Payload size that frees a slot without a reply, as in `native/channel.h`. */
const NO_REPLY = 0xffffffff

/**
 * Collects replies and sends them.
 *
 * Invariants:
 * - The reply to a change leaves after `Operations.settle` returned, one call for all that are ready.
 * - A slot is in at most one of: an operation under way, `changes`, a list that waits for `settle`,
 *   the ring of outgoing replies.
 *
 * Replies ready while the addon calls in are sent by the addon when that call returns. Others are
 * sent at the end of the microtasks in which they became ready.
 */
export class Replies {
  /** Operations under way, from their start until their reply is in the ring. */
  private underWay = 0
  private readonly changes: Uint32Array
  private changeCount = 0
  private sendPlanned = false
  private idleListeners: (() => void)[] = []
  private readonly sendPlannedReplies = (): void => {
    this.sendPlanned = false
    this.settleChanges()
    this.channel.send()
    this.afterSend()
  }

  /** Called after replies left, when slots may have become free. */
  afterSend: () => void = () => {}

  constructor(
    private readonly operations: Operations,
    private readonly channel: Channel,
    private readonly memory: SlotMemory,
    private readonly references: References,
    private readonly failures: Failures,
    slots: number,
  ) {
    this.changes = new Uint32Array(2 * slots)
  }

  /** The reply in a slot is complete. */
  answer(slot: number, payloadBytes: number): void {
    this.put(slot, payloadBytes, 0)
  }

  /** The reply to a change is complete, and leaves once the change is settled. */
  answerChange(slot: number, payloadBytes: number): void {
    const at = 2 * this.changeCount
    this.changes[at] = slot
    this.changes[at + 1] = payloadBytes
    this.changeCount += 1
  }

  /** A request is answered with an error. */
  fail(slot: number, errno: number): void {
    this.put(slot, 0, errno)
  }

  /** A request has no reply, or one that comes without its slot. */
  drop(slot: number): void {
    this.put(slot, NO_REPLY, 0)
  }

  /** An operation answered with a promise. */
  started(): void {
    this.underWay += 1
  }

  /** The reply to an operation that answered with a promise is complete, or was sent. */
  finished(): void {
    this.underWay -= 1
    if (this.underWay === 0) {
      for (const listener of this.idleListeners.splice(0)) listener()
    }
  }

  /** Resolves when no operation is under way. */
  async idle(): Promise<void> {
    while (this.underWay > 0) {
      await new Promise<void>((resolve) => this.idleListeners.push(resolve))
    }
  }

  /** Sends what is ready at the end of the current microtasks. */
  sendSoon(): void {
    if (this.sendPlanned) return
    this.sendPlanned = true
    queueMicrotask(this.sendPlannedReplies)
  }

  /** Moves the replies to changes into the ring, once they are settled. */
  settleChanges(): void {
    const count = this.changeCount
    if (count === 0) return
    this.changeCount = 0
    let settled: void | Promise<void>
    try {
      settled = this.operations.settle()
    } catch (error) {
      this.refuse(this.changes, count, error)
      return
    }
    if (settled instanceof Promise)
      this.settleLater(this.changes.slice(0, 2 * count), count, settled)
    else this.release(this.changes, count)
  }

  private settleLater(changes: Uint32Array, count: number, settled: Promise<void>): void {
    this.started()
    settled
      .then(
        () => this.release(changes, count),
        (error: unknown) => this.refuse(changes, count, error),
      )
      .finally(() => {
        this.sendSoon()
        this.finished()
      })
  }

  private release(changes: Uint32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      this.put(changes[2 * i] as number, changes[2 * i + 1] as number, 0)
    }
  }

  private refuse(changes: Uint32Array, count: number, error: unknown): void {
    const slot = changes[0] as number
    const opcode = this.memory.words[this.wordOf(slot) + HeaderWord.OPCODE] as number
    const errno = this.failures.errnoOf(error, opcode)
    for (let i = 0; i < count; i++) {
      this.returnReference(changes[2 * i] as number, changes[2 * i + 1] as number)
      this.put(changes[2 * i] as number, 0, errno)
    }
  }

  /** Takes back the reference in a reply that will not be sent. */
  private returnReference(slot: number, payloadBytes: number): void {
    // Of the replies to changes only those with an entry are this long.
    if (payloadBytes < ENTRY_BYTES) return
    this.references.returned(this.memory.wide(this.wordOf(slot) + REPLY_HEADER_WORDS), 1)
  }

  private put(slot: number, payloadBytes: number, errno: number): void {
    const { words, outgoingWord, outgoingCountWord } = this.memory
    const count = words[outgoingCountWord] as number
    const at = outgoingWord + 3 * count
    words[at] = slot
    words[at + 1] = payloadBytes
    words[at + 2] = errno
    words[outgoingCountWord] = count + 1
  }

  private wordOf(slot: number): number {
    return (slot * this.memory.slotBytes) >>> 2
  }
}
