import { RecordingLogger } from '../../src/conformance/index.ts'
import { errnoNumbers, type Operations } from '../../src/core/index.ts'
import type { Channel } from '../../src/plugins/frontend-fuse/addon.ts'
import { AttributeEncoder } from '../../src/plugins/frontend-fuse/attribute-encoder.ts'
import { Dispatcher } from '../../src/plugins/frontend-fuse/dispatcher.ts'
import { Exchange } from '../../src/plugins/frontend-fuse/exchange.ts'
import { Failures } from '../../src/plugins/frontend-fuse/failures.ts'
import { ReadGate } from '../../src/plugins/frontend-fuse/read-gate.ts'
import { References } from '../../src/plugins/frontend-fuse/references.ts'
import { Replies } from '../../src/plugins/frontend-fuse/replies.ts'
import type { Negotiation } from '../../src/plugins/frontend-fuse/session.ts'
import { SlotMemory } from '../../src/plugins/frontend-fuse/slot-memory.ts'

const SLOT_BYTES = 16 * 1024
const RING_BYTES = 4096

/** A request as the kernel would make it. */
export interface WireRequest {
  readonly opcode: number
  readonly node?: number
  readonly body?: Uint8Array
}

/** A reply as the kernel would get it. */
export interface WireReply {
  /** Number of the request, counted from 1. */
  readonly unique: number
  /** Name of the errno, or 0. */
  readonly error: string | 0
  readonly payload: Buffer
}

/** What a {@link FuseWire} is made of. */
export interface WireSetup {
  readonly slots?: number
  readonly slowReadsMax?: number
}

/** The kernel and the addon in one, so that the protocol is tested without a mount. */
export class FuseWire {
  /** Replies so far, in the order they left. */
  readonly replies: WireReply[] = []
  readonly logger = new RecordingLogger()
  readonly negotiations: Negotiation[] = []
  readonly references: References
  readonly memory: SlotMemory
  private readonly dispatcher: Dispatcher
  private readonly free: number[]
  private unique = 0

  constructor(operations: Operations, { slots = 8, slowReadsMax = 4 }: WireSetup = {}) {
    const memory = new ArrayBuffer(slots * SLOT_BYTES + RING_BYTES)
    this.free = Array.from({ length: slots }, (_, slot) => slot)
    this.memory = new SlotMemory(memory, slots, SLOT_BYTES)
    this.references = new References(operations)
    const failures = new Failures(this.logger)
    const channel: Channel = {
      memory,
      send: () => this.send(),
      sendStatus: (low, _high, errno) => this.record(low, errno, Buffer.alloc(0)),
      takeSlot: () => this.free.pop() ?? -1,
      trim() {},
      notify: async () => {},
      close() {},
    }
    const encoder = new AttributeEncoder(this.memory, 60)
    const replies = new Replies(operations, channel, this.memory, this.references, failures, slots)
    const exchange = new Exchange(
      operations,
      channel,
      this.memory,
      encoder,
      this.references,
      replies,
      failures,
    )
    this.dispatcher = new Dispatcher(
      exchange,
      new ReadGate(slowReadsMax),
      { maxBackground: 8, readAheadBytes: 65_536 },
      (outcome) => this.negotiations.push(outcome),
    )
  }

  /** Lets requests arrive together. Replies that are ready at once are there afterwards. */
  arrive(...requests: readonly WireRequest[]): void {
    const { words, bytes, arrivedWord } = this.memory
    requests.forEach(({ opcode, node = 1, body = Buffer.alloc(0) }, n) => {
      const slot = this.free.pop()
      if (slot === undefined) throw new Error('no slot is free')
      const at = slot * SLOT_BYTES
      const length = 40 + body.length
      this.unique += 1
      words.set([length, opcode, this.unique, 0, node, 0, 10, 20, 30, 0], at / 4)
      bytes.set(body, at + 40)
      words[arrivedWord + 2 * n] = slot
      words[arrivedWord + 2 * n + 1] = length
    })
    this.dispatcher.takeBatch(requests.length)
    this.send()
  }

  /** Makes one request whose reply is ready at once. */
  ask(opcode: number, node: number, body?: Uint8Array): WireReply {
    const before = this.replies.length
    this.arrive(body === undefined ? { opcode, node } : { opcode, node, body })
    const reply = this.replies[before]
    if (reply === undefined) throw new Error('the reply is not ready')
    return reply
  }

  private send(): void {
    const { words, bytes, outgoingWord, outgoingCountWord } = this.memory
    const count = words[outgoingCountWord] as number
    words[outgoingCountWord] = 0
    for (let n = 0; n < count; n++) {
      const [slot = 0, payloadBytes = 0, errno = 0] = words.subarray(outgoingWord + 3 * n)
      this.free.push(slot)
      if (payloadBytes === 0xffffffff) continue
      const at = slot * SLOT_BYTES
      const payload = Buffer.from(bytes.subarray(at + 16, at + 16 + payloadBytes))
      this.record(words[at / 4 + 2] as number, errno, payload)
    }
  }

  private record(unique: number, errno: number, payload: Buffer): void {
    const names = Object.entries(errnoNumbers)
    const error = names.find(([, number]) => number === errno)?.[0] ?? 0
    this.replies.push({ unique, error, payload: errno === 0 ? payload : Buffer.alloc(0) })
  }
}

/** Builds the body of a request: numbers are u32, bigints u64, strings end with NUL. */
export function body(...parts: readonly (number | bigint | string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(`${part}\0`, 'latin1')
      if (part instanceof Uint8Array) return part
      const bytes = Buffer.alloc(typeof part === 'number' ? 4 : 8)
      if (typeof part === 'number') bytes.writeUInt32LE(part)
      else bytes.writeBigUInt64LE(BigInt.asUintN(64, part))
      return bytes
    }),
  )
}
