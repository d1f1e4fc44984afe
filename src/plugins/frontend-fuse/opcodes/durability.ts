import { ROOT_INO } from '../../../core/units.ts'
import { type Exchange, NO_REPLY } from '../exchange.ts'
import { HeaderWord } from '../protocol.ts'

/** Answers FSYNC and FSYNCDIR. */
export function fsync(exchange: Exchange, slot: number): number {
  return syncInode(exchange, slot, exchange.nodeOf(slot))
}

/** Answers SYNCFS. */
export function syncfs(exchange: Exchange, slot: number): number {
  return syncInode(exchange, slot, ROOT_INO)
}

/** Syncs without its slot: hundreds of programs may wait for one upload. */
function syncInode(exchange: Exchange, slot: number, ino: number): number {
  const { channel, failures, memory, replies } = exchange
  const word = exchange.wordOf(slot)
  const opcode = memory.words[word + HeaderWord.OPCODE] as number
  const low = memory.words[word + HeaderWord.UNIQUE] as number
  const high = memory.words[word + HeaderWord.UNIQUE + 1] as number
  const done = exchange.operations.fsync(ino)
  replies.started()
  done
    .then(
      () => channel.sendStatus(low, high, 0),
      (error: unknown) => channel.sendStatus(low, high, failures.errnoOf(error, opcode)),
    )
    .finally(() => replies.finished())
  return NO_REPLY
}
