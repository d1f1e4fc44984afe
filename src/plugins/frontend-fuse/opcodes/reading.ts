import { PosixError } from '../../../core/errors.ts'
import type { Exchange } from '../exchange.ts'
import { REPLY_HEADER_BYTES, REPLY_HEADER_WORDS } from '../protocol.ts'

/** Bytes of `fuse_statfs_out`. */
const STATFS_BYTES = 80

/** Answers READLINK. */
export function readlink(exchange: Exchange, slot: number): number {
  const target = exchange.operations.readlink(exchange.nodeOf(slot))
  if (target.length > exchange.memory.payloadBytesMax) throw new PosixError('ENAMETOOLONG')
  return exchange.memory.bytes.write(target, exchange.byteOf(slot) + REPLY_HEADER_BYTES, 'latin1')
}

/** Answers STATFS. */
export function statfs(exchange: Exchange, slot: number): number {
  const { memory } = exchange
  const figures = exchange.operations.statfs()
  const word = exchange.wordOf(slot) + REPLY_HEADER_WORDS
  memory.words.fill(0, word, word + STATFS_BYTES / 4)
  memory.setWide(word, figures.blocks)
  memory.setWide(word + 2, figures.blocksFree)
  memory.setWide(word + 4, figures.blocksFree)
  memory.setWide(word + 6, figures.inodes)
  memory.setWide(word + 8, figures.inodesFree)
  memory.words[word + 10] = figures.blockBytes
  memory.words[word + 11] = figures.nameBytesMax
  memory.words[word + 12] = figures.blockBytes
  return STATFS_BYTES
}
