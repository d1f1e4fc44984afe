import { PosixError } from '../../../core/errors.ts'
import type { AttributeChange, InodeView, TimeSpec } from '../../../core/operations.ts'
import { ATTRIBUTES_BYTES, STATX_BYTES } from '../attribute-encoder.ts'
import type { Exchange } from '../exchange.ts'
import { REPLY_HEADER_WORDS, REQUEST_HEADER_WORDS, SetattrFlag } from '../protocol.ts'
import type { SlotMemory } from '../slot-memory.ts'

const PERMISSION_BITS = 0o7777

/** Words of `fuse_setattr_in`. */
const Field = {
  VALID: 0,
  SIZE: 4,
  ATIME: 8,
  MTIME: 10,
  CTIME: 12,
  ATIME_NSEC: 14,
  MTIME_NSEC: 15,
  CTIME_NSEC: 16,
  MODE: 17,
  UID: 19,
  GID: 20,
} as const

/** Answers GETATTR. */
export function getattr(exchange: Exchange, slot: number): number {
  return encodeAttributes(exchange, slot, exchange.operations.getattr(exchange.nodeOf(slot)))
}

/** Answers STATX, which the kernel asks when a program wants the birth time. */
export function statx(exchange: Exchange, slot: number): number {
  const inode = exchange.operations.getattr(exchange.nodeOf(slot))
  exchange.encoder.statxReply(exchange.wordOf(slot) + REPLY_HEADER_WORDS, inode)
  return STATX_BYTES
}

/** Answers SETATTR: chmod, chown, truncate, utimensat and the times of the kernel's write-back cache. */
export function setattr(exchange: Exchange, slot: number): number {
  const change = decodeChange(exchange.memory, exchange.wordOf(slot) + REQUEST_HEADER_WORDS)
  const node = exchange.nodeOf(slot)
  const changed = exchange.operations.setattr(node, change, exchange.callerOf(slot))
  return changed instanceof Promise
    ? exchange.answerLater(slot, changed, encodeAttributes, true)
    : encodeAttributes(exchange, slot, changed)
}

function encodeAttributes(exchange: Exchange, slot: number, inode: InodeView): number {
  exchange.encoder.attributesReply(exchange.wordOf(slot) + REPLY_HEADER_WORDS, inode)
  return ATTRIBUTES_BYTES
}

function decodeChange(memory: SlotMemory, body: number): AttributeChange {
  const { words } = memory
  const valid = words[body + Field.VALID] as number
  return {
    mode:
      valid & SetattrFlag.MODE ? (words[body + Field.MODE] as number) & PERMISSION_BITS : undefined,
    uid: valid & SetattrFlag.UID ? words[body + Field.UID] : undefined,
    gid: valid & SetattrFlag.GID ? words[body + Field.GID] : undefined,
    size: valid & SetattrFlag.SIZE ? decodeSize(memory, body + Field.SIZE) : undefined,
    atime:
      valid & SetattrFlag.ATIME_NOW
        ? 'now'
        : valid & SetattrFlag.ATIME
          ? decodeTime(memory, body + Field.ATIME, body + Field.ATIME_NSEC)
          : undefined,
    mtime:
      valid & SetattrFlag.MTIME_NOW
        ? 'now'
        : valid & SetattrFlag.MTIME
          ? decodeTime(memory, body + Field.MTIME, body + Field.MTIME_NSEC)
          : undefined,
    ctime:
      valid & SetattrFlag.CTIME
        ? decodeTime(memory, body + Field.CTIME, body + Field.CTIME_NSEC)
        : undefined,
    killPrivileges: (valid & SetattrFlag.KILL_SUIDGID) !== 0,
  }
}

function decodeSize(memory: SlotMemory, word: number): number {
  const size = memory.wide(word)
  if (!Number.isSafeInteger(size)) throw new PosixError('EFBIG')
  return size
}

function decodeTime(memory: SlotMemory, word: number, nsecWord: number): TimeSpec {
  const sec = memory.signedWide(word)
  const nsec = memory.words[nsecWord] as number
  if (!Number.isSafeInteger(sec) || nsec > 999_999_999) throw new PosixError('EINVAL')
  return { sec, nsec }
}
