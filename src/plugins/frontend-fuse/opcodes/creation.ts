import { PosixError } from '../../../core/errors.ts'
import type { InodeView } from '../../../core/operations.ts'
import { S_IFREG } from '../../../core/rows.ts'
import type { MaybePromise } from '../../../core/units.ts'
import { ENTRY_BYTES } from '../attribute-encoder.ts'
import type { Exchange } from '../exchange.ts'
import {
  FOPEN_KEEP_CACHE,
  REPLY_HEADER_WORDS,
  REQUEST_HEADER_BYTES,
  REQUEST_HEADER_WORDS,
} from '../protocol.ts'
import { encodeEntry } from './lookup.ts'

const PERMISSION_BITS = 0o7777
const O_EXCL = 0o200
/** Bytes of `fuse_open_out`. */
const OPEN_BYTES = 16

/** Answers MKNOD. */
export function mknod(exchange: Exchange, slot: number, end: number): number {
  const { words } = exchange.memory
  const body = exchange.wordOf(slot) + REQUEST_HEADER_WORDS
  const mode = words[body] as number
  const rdev = words[body + 1] as number
  const name = nameOf(exchange, slot, 16, end)
  const node = exchange.nodeOf(slot)
  return answerEntry(
    exchange,
    slot,
    exchange.operations.mknod(node, name, mode, rdev, exchange.callerOf(slot)),
  )
}

/** Answers MKDIR. */
export function mkdir(exchange: Exchange, slot: number, end: number): number {
  const mode = exchange.memory.words[exchange.wordOf(slot) + REQUEST_HEADER_WORDS] as number
  const name = nameOf(exchange, slot, 8, end)
  const node = exchange.nodeOf(slot)
  return answerEntry(
    exchange,
    slot,
    exchange.operations.mkdir(node, name, mode & PERMISSION_BITS, exchange.callerOf(slot)),
  )
}

/** Answers SYMLINK. */
export function symlink(exchange: Exchange, slot: number, end: number): number {
  const name = nameOf(exchange, slot, 0, end)
  const target = nameOf(exchange, slot, name.length + 1, end)
  const node = exchange.nodeOf(slot)
  return answerEntry(
    exchange,
    slot,
    exchange.operations.symlink(node, name, target, exchange.callerOf(slot)),
  )
}

/** Answers LINK. */
export function link(exchange: Exchange, slot: number, end: number): number {
  const ino = exchange.memory.wide(exchange.wordOf(slot) + REQUEST_HEADER_WORDS)
  const name = nameOf(exchange, slot, 8, end)
  return answerEntry(exchange, slot, exchange.operations.link(ino, exchange.nodeOf(slot), name))
}

/** Answers CREATE: makes a regular file and opens it. There is no handle; the inode is enough. */
export function create(exchange: Exchange, slot: number, end: number): number {
  const { words } = exchange.memory
  const body = exchange.wordOf(slot) + REQUEST_HEADER_WORDS
  const flags = words[body] as number
  const mode = S_IFREG | ((words[body + 1] as number) & PERMISSION_BITS)
  const name = nameOf(exchange, slot, 16, end)
  const node = exchange.nodeOf(slot)
  let made: MaybePromise<InodeView>
  try {
    made = exchange.operations.mknod(node, name, mode, 0, exchange.callerOf(slot))
  } catch (error) {
    const exists = error instanceof PosixError && error.errno === 'EEXIST'
    if (!exists || (flags & O_EXCL) !== 0) throw error
    made = exchange.operations.lookup(node, name)
  }
  return made instanceof Promise
    ? exchange.answerLater(slot, made, encodeCreated, true)
    : encodeCreated(exchange, slot, made)
}

function nameOf(exchange: Exchange, slot: number, offset: number, end: number): string {
  return exchange.memory.name(exchange.byteOf(slot) + REQUEST_HEADER_BYTES + offset, end)
}

function answerEntry(exchange: Exchange, slot: number, made: MaybePromise<InodeView>): number {
  return made instanceof Promise
    ? exchange.answerLater(slot, made, encodeEntry, true)
    : encodeEntry(exchange, slot, made)
}

function encodeCreated(exchange: Exchange, slot: number, inode: InodeView): number {
  encodeEntry(exchange, slot, inode)
  const { words } = exchange.memory
  const open = exchange.wordOf(slot) + REPLY_HEADER_WORDS + ENTRY_BYTES / 4
  words[open] = 0
  words[open + 1] = 0
  words[open + 2] = FOPEN_KEEP_CACHE
  words[open + 3] = 0
  return ENTRY_BYTES + OPEN_BYTES
}
