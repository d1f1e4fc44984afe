import { PosixError } from '../../../core/errors.ts'
import type { InodeView } from '../../../core/operations.ts'
import type { Ino } from '../../../core/units.ts'
import { ENTRY_BYTES } from '../attribute-encoder.ts'
import { type Exchange, NO_REPLY } from '../exchange.ts'
import { REPLY_HEADER_WORDS, REQUEST_HEADER_BYTES, REQUEST_HEADER_WORDS } from '../protocol.ts'

/** Answers LOOKUP. A name that does not exist is a success too: the kernel then remembers that. */
export function lookup(exchange: Exchange, slot: number, end: number): number {
  const { memory, operations } = exchange
  const name = memory.name(exchange.byteOf(slot) + REQUEST_HEADER_BYTES, end)
  const parent = exchange.nodeOf(slot)
  let inode: InodeView
  try {
    inode = isDotName(name) ? lookupDot(exchange, parent, name) : operations.lookup(parent, name)
  } catch (error) {
    if (!(error instanceof PosixError) || error.errno !== 'ENOENT') throw error
    exchange.encoder.absentEntry(exchange.wordOf(slot) + REPLY_HEADER_WORDS)
    return ENTRY_BYTES
  }
  return encodeEntry(exchange, slot, inode)
}

/** Writes an inode as the entry that a request asked for or made, and counts the reference. */
export function encodeEntry(exchange: Exchange, slot: number, inode: InodeView): number {
  exchange.references.taken(inode.ino)
  exchange.encoder.entry(exchange.wordOf(slot) + REPLY_HEADER_WORDS, inode)
  return ENTRY_BYTES
}

/** Takes FORGET, which has no reply. */
export function forget(exchange: Exchange, slot: number): number {
  const count = exchange.memory.wide(exchange.wordOf(slot) + REQUEST_HEADER_WORDS)
  exchange.references.returned(exchange.nodeOf(slot), count)
  return NO_REPLY
}

/** Takes BATCH_FORGET, which has no reply. */
export function batchForget(exchange: Exchange, slot: number, end: number): number {
  const { memory } = exchange
  const body = exchange.wordOf(slot) + REQUEST_HEADER_WORDS
  const count = memory.words[body] as number
  for (let i = 0, at = body + 2; i < count && (at + 4) * 4 <= end; i++, at += 4) {
    exchange.references.returned(memory.wide(at), memory.wide(at + 2))
  }
  return NO_REPLY
}

function isDotName(name: string): boolean {
  return name === '.' || name === '..'
}

/** Finds an inode by number, or a directory's parent: file handles of an NFS server ask for both. */
function lookupDot(exchange: Exchange, node: Ino, name: string): InodeView {
  const { operations } = exchange
  const own = operations.getattr(node)
  if (name === '..' && own.parent === 0) throw new PosixError('ENOTDIR')
  const ino = name === '.' ? node : own.parent
  const inode = operations.getattr(ino)
  operations.remember(ino)
  return inode
}
