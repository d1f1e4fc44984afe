import type { MaybePromise } from '../../../core/units.ts'
import type { Exchange } from '../exchange.ts'
import { REQUEST_HEADER_BYTES, REQUEST_HEADER_WORDS } from '../protocol.ts'

/** Answers UNLINK. */
export function unlink(exchange: Exchange, slot: number, end: number): number {
  const name = exchange.memory.name(exchange.byteOf(slot) + REQUEST_HEADER_BYTES, end)
  return answerEmpty(exchange, slot, exchange.operations.unlink(exchange.nodeOf(slot), name))
}

/** Answers RMDIR. */
export function rmdir(exchange: Exchange, slot: number, end: number): number {
  const name = exchange.memory.name(exchange.byteOf(slot) + REQUEST_HEADER_BYTES, end)
  return answerEmpty(exchange, slot, exchange.operations.rmdir(exchange.nodeOf(slot), name))
}

/** Answers RENAME. */
export function rename(exchange: Exchange, slot: number, end: number): number {
  return renameWith(exchange, slot, end, 8, 0)
}

/** Answers RENAME2. */
export function rename2(exchange: Exchange, slot: number, end: number): number {
  const flags = exchange.memory.words[exchange.wordOf(slot) + REQUEST_HEADER_WORDS + 2] as number
  return renameWith(exchange, slot, end, 16, flags)
}

function renameWith(
  exchange: Exchange,
  slot: number,
  end: number,
  namesOffset: number,
  flags: number,
): number {
  const { memory } = exchange
  const newParent = memory.wide(exchange.wordOf(slot) + REQUEST_HEADER_WORDS)
  const at = exchange.byteOf(slot) + REQUEST_HEADER_BYTES + namesOffset
  const name = memory.name(at, end)
  const newName = memory.name(at + name.length + 1, end)
  const parent = exchange.nodeOf(slot)
  return answerEmpty(
    exchange,
    slot,
    exchange.operations.rename(parent, name, newParent, newName, flags),
  )
}

function answerEmpty(exchange: Exchange, slot: number, done: MaybePromise<void>): number {
  return done instanceof Promise ? exchange.answerLater(slot, done, encodeNothing, true) : 0
}

function encodeNothing(): number {
  return 0
}
