import { PosixError } from '../../../core/errors.ts'
import type { MaybePromise } from '../../../core/units.ts'
import type { Exchange } from '../exchange.ts'
import {
  REPLY_HEADER_BYTES,
  REPLY_HEADER_WORDS,
  REQUEST_HEADER_BYTES,
  REQUEST_HEADER_WORDS,
} from '../protocol.ts'

/** Bytes of `fuse_getxattr_out`. */
const SIZE_BYTES = 8

/** Attributes that the kernel lets nobody but root read; it leaves hiding their names to the file system. */
const TRUSTED_PREFIX = 'trusted.'

/** Answers GETXATTR. */
export function getxattr(exchange: Exchange, slot: number, end: number): number {
  const { memory } = exchange
  const room = roomOf(exchange, slot)
  const name = memory.name(exchange.byteOf(slot) + REQUEST_HEADER_BYTES + 8, end)
  const node = exchange.nodeOf(slot)
  const value = exchange.operations.getxattr(node, name, exchange.callerOf(slot))
  if (room === 0) return encodeSize(exchange, slot, value.length)
  const payloadBytes = checkRoom(exchange, value.length, room)
  memory.bytes.set(value, exchange.byteOf(slot) + REPLY_HEADER_BYTES)
  return payloadBytes
}

/** Answers LISTXATTR: names, each with a NUL behind it. */
export function listxattr(exchange: Exchange, slot: number): number {
  const { memory } = exchange
  const room = roomOf(exchange, slot)
  const all = exchange.operations.listxattr(exchange.nodeOf(slot))
  const isRoot = exchange.callerOf(slot).uid === 0
  const names = isRoot ? all : all.filter((name) => !name.startsWith(TRUSTED_PREFIX))
  let total = 0
  for (const name of names) total += name.length + 1
  if (room === 0) return encodeSize(exchange, slot, total)
  checkRoom(exchange, total, room)
  let at = exchange.byteOf(slot) + REPLY_HEADER_BYTES
  for (const name of names) {
    at += memory.bytes.write(name, at, 'latin1')
    memory.bytes[at++] = 0
  }
  return total
}

/** Answers SETXATTR. */
export function setxattr(exchange: Exchange, slot: number, end: number): number {
  const { memory } = exchange
  const body = exchange.wordOf(slot) + REQUEST_HEADER_WORDS
  const size = memory.words[body] as number
  const flags = memory.words[body + 1] as number
  const at = exchange.byteOf(slot) + REQUEST_HEADER_BYTES + 8
  const name = memory.name(at, end)
  const valueAt = at + name.length + 1
  if (valueAt + size > end) throw new PosixError('EINVAL')
  // A copy, because the engine keeps the value and the slot is used again.
  const value = new Uint8Array(memory.bytes.subarray(valueAt, valueAt + size))
  const node = exchange.nodeOf(slot)
  const caller = exchange.callerOf(slot)
  return answerEmpty(exchange, slot, exchange.operations.setxattr(node, name, value, flags, caller))
}

/** Answers REMOVEXATTR. */
export function removexattr(exchange: Exchange, slot: number, end: number): number {
  const name = exchange.memory.name(exchange.byteOf(slot) + REQUEST_HEADER_BYTES, end)
  const node = exchange.nodeOf(slot)
  const caller = exchange.callerOf(slot)
  return answerEmpty(exchange, slot, exchange.operations.removexattr(node, name, caller))
}

/** Bytes that the program has room for; 0 asks for the size alone. */
function roomOf(exchange: Exchange, slot: number): number {
  return exchange.memory.words[exchange.wordOf(slot) + REQUEST_HEADER_WORDS] as number
}

function checkRoom(exchange: Exchange, payloadBytes: number, room: number): number {
  if (payloadBytes > room || payloadBytes > exchange.memory.payloadBytesMax) {
    throw new PosixError('ERANGE')
  }
  return payloadBytes
}

function encodeSize(exchange: Exchange, slot: number, size: number): number {
  const { words } = exchange.memory
  const word = exchange.wordOf(slot) + REPLY_HEADER_WORDS
  words[word] = size
  words[word + 1] = 0
  return SIZE_BYTES
}

function answerEmpty(exchange: Exchange, slot: number, done: MaybePromise<void>): number {
  return done instanceof Promise ? exchange.answerLater(slot, done, encodeNothing, true) : 0
}

function encodeNothing(): number {
  return 0
}
