import { errnoNumbers } from '../../core/errors.ts'
import { type Exchange, LATER, NO_REPLY } from './exchange.ts'
import { getattr, setattr, statx } from './opcodes/attributes.ts'
import { create, link, mkdir, mknod, symlink } from './opcodes/creation.ts'
import { read, resumeRead, write } from './opcodes/data.ts'
import { fsync, syncfs } from './opcodes/durability.ts'
import { DirectoryListing } from './opcodes/listing.ts'
import { batchForget, forget, lookup } from './opcodes/lookup.ts'
import { readlink, statfs } from './opcodes/reading.ts'
import { rename, rename2, rmdir, unlink } from './opcodes/removal.ts'
import { getxattr, listxattr, removexattr, setxattr } from './opcodes/xattrs.ts'
import {
  HeaderWord,
  Opcode,
  REPLY_HEADER_WORDS,
  REQUEST_HEADER_BYTES,
  REQUEST_HEADER_WORDS,
} from './protocol.ts'
import type { ReadGate } from './read-gate.ts'
import { INIT_REPLY_BYTES, type Negotiation, negotiate, type SessionLimits } from './session.ts'

/** Answer of a handler: the request is not supported, now and for ever. */
const UNSUPPORTED = -3

/** Requests whose success is reported after `Operations.settle`. */
const changes: ReadonlySet<number> = new Set<number>([
  Opcode.SETATTR,
  Opcode.SYMLINK,
  Opcode.MKNOD,
  Opcode.MKDIR,
  Opcode.UNLINK,
  Opcode.RMDIR,
  Opcode.RENAME,
  Opcode.LINK,
  Opcode.WRITE,
  Opcode.SETXATTR,
  Opcode.REMOVEXATTR,
  Opcode.CREATE,
  Opcode.RENAME2,
])

/** Bytes behind the header that a request has at least; its handler reads them unchecked. */
const bodyBytesMin: ReadonlyMap<number, number> = new Map<number, number>([
  [Opcode.LOOKUP, 1],
  [Opcode.FORGET, 8],
  [Opcode.SETATTR, 88],
  [Opcode.SYMLINK, 2],
  [Opcode.MKNOD, 17],
  [Opcode.MKDIR, 9],
  [Opcode.UNLINK, 1],
  [Opcode.RMDIR, 1],
  [Opcode.RENAME, 10],
  [Opcode.LINK, 9],
  [Opcode.READ, 40],
  [Opcode.WRITE, 40],
  [Opcode.SETXATTR, 9],
  [Opcode.GETXATTR, 9],
  [Opcode.LISTXATTR, 8],
  [Opcode.REMOVEXATTR, 1],
  [Opcode.INIT, 16],
  [Opcode.READDIR, 40],
  [Opcode.CREATE, 17],
  [Opcode.BATCH_FORGET, 8],
  [Opcode.READDIRPLUS, 40],
  [Opcode.RENAME2, 18],
])

const OPCODES = 64

/** Takes requests in batches and sends each to its handler. */
export class Dispatcher {
  /** Requests taken so far, to tell whether a session is quiet. */
  requests = 0

  private readonly isChange = new Uint8Array(OPCODES)
  private readonly bodyBytesMin = new Uint8Array(OPCODES)
  private readonly listing: DirectoryListing

  /**
   * @param onNegotiated - called with the outcome of each INIT request
   */
  constructor(
    private readonly exchange: Exchange,
    private readonly gate: ReadGate,
    private readonly limits: SessionLimits,
    private readonly onNegotiated: (outcome: Negotiation) => void,
  ) {
    for (const opcode of changes) this.isChange[opcode] = 1
    for (const [opcode, bytes] of bodyBytesMin) this.bodyBytesMin[opcode] = bytes
    this.listing = new DirectoryListing(exchange)
    exchange.replies.afterSend = () => this.resumeReads()
  }

  /** Handles the requests in the ring. Their replies are in the other ring, or come later. */
  takeBatch(count: number): void {
    const { memory, replies } = this.exchange
    const { words, arrivedWord } = memory
    this.requests += count
    for (let i = 0; i < count; i++) {
      const slot = words[arrivedWord + 2 * i] as number
      this.take(slot, words[arrivedWord + 2 * i + 1] as number)
    }
    replies.settleChanges()
    // A parked read gave its slot back with this batch; if nothing is under way, nothing else
    // would start it.
    if (this.gate.hasParked) replies.sendSoon()
  }

  private take(slot: number, bytes: number): void {
    const { failures, memory, replies } = this.exchange
    const opcode = memory.words[this.exchange.wordOf(slot) + HeaderWord.OPCODE] as number
    let result: number
    try {
      result = this.handle(opcode, slot, bytes)
    } catch (error) {
      replies.fail(slot, failures.errnoOf(error, opcode))
      return
    }
    if (result >= 0) {
      if (this.isChange[opcode] === 1) replies.answerChange(slot, result)
      else replies.answer(slot, result)
    } else if (result === NO_REPLY) {
      replies.drop(slot)
    } else if (result !== LATER) {
      replies.fail(slot, errnoNumbers.ENOSYS)
    }
  }

  private handle(opcode: number, slot: number, bytes: number): number {
    const { exchange } = this
    if (bytes < REQUEST_HEADER_BYTES + (this.bodyBytesMin[opcode] ?? 0)) {
      throw new RangeError(`request ${opcode} of ${bytes} bytes is too short`)
    }
    const end = exchange.byteOf(slot) + bytes
    switch (opcode) {
      case Opcode.LOOKUP:
        return lookup(exchange, slot, end)
      case Opcode.READ:
        return read(exchange, slot, this.gate)
      case Opcode.WRITE:
        return write(exchange, slot, end)
      case Opcode.GETATTR:
        return getattr(exchange, slot)
      case Opcode.SETATTR:
        return setattr(exchange, slot)
      case Opcode.FORGET:
        return forget(exchange, slot)
      case Opcode.BATCH_FORGET:
        return batchForget(exchange, slot, end)
      case Opcode.READDIR:
        return this.listing.list(slot, false)
      case Opcode.READDIRPLUS:
        return this.listing.list(slot, true)
      case Opcode.CREATE:
        return create(exchange, slot, end)
      case Opcode.RELEASE:
      case Opcode.RELEASEDIR:
      case Opcode.DESTROY:
        return 0
      case Opcode.MKNOD:
        return mknod(exchange, slot, end)
      case Opcode.MKDIR:
        return mkdir(exchange, slot, end)
      case Opcode.SYMLINK:
        return symlink(exchange, slot, end)
      case Opcode.LINK:
        return link(exchange, slot, end)
      case Opcode.UNLINK:
        return unlink(exchange, slot, end)
      case Opcode.RMDIR:
        return rmdir(exchange, slot, end)
      case Opcode.RENAME:
        return rename(exchange, slot, end)
      case Opcode.RENAME2:
        return rename2(exchange, slot, end)
      case Opcode.READLINK:
        return readlink(exchange, slot)
      case Opcode.GETXATTR:
        return getxattr(exchange, slot, end)
      case Opcode.LISTXATTR:
        return listxattr(exchange, slot)
      case Opcode.SETXATTR:
        return setxattr(exchange, slot, end)
      case Opcode.REMOVEXATTR:
        return removexattr(exchange, slot, end)
      case Opcode.STATX:
        return statx(exchange, slot)
      case Opcode.STATFS:
        return statfs(exchange, slot)
      case Opcode.FSYNC:
      case Opcode.FSYNCDIR:
        return fsync(exchange, slot)
      case Opcode.SYNCFS:
        return syncfs(exchange, slot)
      case Opcode.INTERRUPT:
        return NO_REPLY
      case Opcode.INIT:
        return this.init(slot)
      default:
        // Among them OPEN, OPENDIR, FLUSH and ACCESS: the kernel takes the answer as "no need to ask".
        return UNSUPPORTED
    }
  }

  private init(slot: number): number {
    const { memory } = this.exchange
    const word = this.exchange.wordOf(slot)
    const body = word + REQUEST_HEADER_WORDS
    const request = memory.words.slice(body, body + 4)
    const payload = word + REPLY_HEADER_WORDS
    const reply = memory.words.subarray(payload, payload + INIT_REPLY_BYTES / 4)
    const outcome = negotiate(request, reply, this.limits)
    this.onNegotiated(outcome)
    return INIT_REPLY_BYTES
  }

  private resumeReads(): void {
    const { channel, failures, replies } = this.exchange
    while (this.gate.hasParked && !this.gate.isFull) {
      const slot = channel.takeSlot()
      if (slot < 0) return
      const parked = this.gate.unpark()
      if (parked === undefined) return
      try {
        const result = resumeRead(this.exchange, slot, parked, this.gate)
        if (result >= 0) replies.answer(slot, result)
      } catch (error) {
        replies.fail(slot, failures.errnoOf(error, Opcode.READ))
      }
      replies.sendSoon()
      replies.finished()
    }
  }
}
