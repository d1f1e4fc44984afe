import { PosixError } from '../../../core/errors.ts'
import { WRITE_FROM_CACHE, WRITE_KILL_PRIVILEGES } from '../../../core/operations.ts'
import { type Exchange, LATER, NO_REPLY } from '../exchange.ts'
import {
  HeaderWord,
  Opcode,
  REPLY_HEADER_WORDS,
  REQUEST_HEADER_WORDS,
  WRITE_DATA_OFFSET,
} from '../protocol.ts'
import type { ParkedRead, ReadGate } from '../read-gate.ts'

/** Words of `fuse_read_in` and `fuse_write_in`. */
const Field = { OFFSET: 2, SIZE: 4, WRITE_FLAGS: 5 } as const

/** Answers READ. The engine writes straight into the reply. */
export function read(exchange: Exchange, slot: number, gate: ReadGate): number {
  const { memory } = exchange
  const word = exchange.wordOf(slot)
  const body = word + REQUEST_HEADER_WORDS
  const size = memory.words[body + Field.SIZE] as number
  const offset = memory.wide(body + Field.OFFSET)
  if (size > memory.payloadBytesMax || !Number.isSafeInteger(offset + size)) {
    throw new PosixError('EINVAL')
  }
  if (!gate.isFull) return startRead(exchange, slot, exchange.nodeOf(slot), offset, size, gate)
  exchange.replies.started()
  gate.park({
    uniqueLow: memory.words[word + HeaderWord.UNIQUE] as number,
    uniqueHigh: memory.words[word + HeaderWord.UNIQUE + 1] as number,
    ino: exchange.nodeOf(slot),
    offset,
    size,
  })
  return NO_REPLY
}

/** Starts a read that had waited, in another slot than the one it came in. */
export function resumeRead(
  exchange: Exchange,
  slot: number,
  parked: ParkedRead,
  gate: ReadGate,
): number {
  const { words } = exchange.memory
  const word = exchange.wordOf(slot)
  words[word + HeaderWord.OPCODE] = Opcode.READ
  words[word + HeaderWord.UNIQUE] = parked.uniqueLow
  words[word + HeaderWord.UNIQUE + 1] = parked.uniqueHigh
  return startRead(exchange, slot, parked.ino, parked.offset, parked.size, gate)
}

/** Answers WRITE. The engine borrows the data in the slot until the change is settled. */
export function write(exchange: Exchange, slot: number, end: number): number {
  const { memory } = exchange
  const body = exchange.wordOf(slot) + REQUEST_HEADER_WORDS
  const size = memory.words[body + Field.SIZE] as number
  const offset = memory.wide(body + Field.OFFSET)
  if (exchange.byteOf(slot) + WRITE_DATA_OFFSET + size > end) throw new PosixError('EINVAL')
  if (!Number.isSafeInteger(offset + size)) throw new PosixError('EFBIG')
  // The kernel's bits are those of the contract.
  const flags =
    (memory.words[body + Field.WRITE_FLAGS] as number) & (WRITE_FROM_CACHE | WRITE_KILL_PRIVILEGES)
  const data = memory.writeSource(slot, size)
  const node = exchange.nodeOf(slot)
  const written = exchange.operations.write(node, offset, data, flags)
  return written instanceof Promise
    ? exchange.answerLater(slot, written, encodeWritten, true)
    : encodeWritten(exchange, slot)
}

function startRead(
  exchange: Exchange,
  slot: number,
  ino: number,
  offset: number,
  size: number,
  gate: ReadGate,
): number {
  const got = exchange.operations.read(ino, offset, exchange.memory.readTarget(slot, size))
  if (!(got instanceof Promise)) return got
  gate.enter()
  exchange.replies.started()
  got.then(
    (bytes) => {
      gate.leave()
      exchange.complete(slot, bytes, encodeRead, false)
    },
    (error: unknown) => {
      gate.leave()
      exchange.abandon(slot, error)
    },
  )
  return LATER
}

function encodeRead(_exchange: Exchange, _slot: number, bytes: number): number {
  return bytes
}

/** Writes `fuse_write_out`: all bytes were taken. */
function encodeWritten(exchange: Exchange, slot: number): number {
  const { words } = exchange.memory
  const word = exchange.wordOf(slot)
  const size = words[word + REQUEST_HEADER_WORDS + Field.SIZE] as number
  words[word + REPLY_HEADER_WORDS] = size
  words[word + REPLY_HEADER_WORDS + 1] = 0
  return 8
}
