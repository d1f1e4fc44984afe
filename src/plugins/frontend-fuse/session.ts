import { InitFlag, PROTOCOL_MAJOR, PROTOCOL_MINOR_MAX, PROTOCOL_MINOR_MIN } from './protocol.ts'

const PAGE_BYTES = 4096
/** Largest write of a kernel that does not negotiate its size. */
const WRITE_BYTES_OF_OLD_KERNELS = 128 * 1024
/** Bytes of `fuse_init_out`. */
export const INIT_REPLY_BYTES = 64

/** Most bytes of one READ or WRITE: 256 pages, what the kernel allows without configuration. */
export const DATA_BYTES_MAX = 1024 * 1024

/**
 * What is asked of the kernel.
 *
 * Not asked for: `ATOMIC_O_TRUNC`, because without OPEN requests truncation has to come as SETATTR;
 * `DONT_MASK`, so that modes arrive with the umask applied; `AUTO_INVAL_DATA`, because nobody
 * else changes files. `docs/internals/fuse.md` has the reason for each.
 */
const WANTED_FLAGS =
  InitFlag.ASYNC_READ |
  InitFlag.EXPORT_SUPPORT |
  InitFlag.BIG_WRITES |
  InitFlag.DO_READDIRPLUS |
  InitFlag.READDIRPLUS_AUTO |
  InitFlag.ASYNC_DIO |
  InitFlag.WRITEBACK_CACHE |
  InitFlag.NO_OPEN_SUPPORT |
  InitFlag.PARALLEL_DIROPS |
  InitFlag.MAX_PAGES |
  InitFlag.CACHE_SYMLINKS |
  InitFlag.NO_OPENDIR_SUPPORT |
  InitFlag.HANDLE_KILLPRIV_V2 |
  InitFlag.INIT_EXT

/** Limits that this side sets. */
export interface SessionLimits {
  readonly maxBackground: number
  readonly readAheadBytes: number
}

/** What both sides agreed on. */
export interface Session {
  readonly minor: number
  readonly flags: number
  readonly writeBytesMax: number
}

/** Outcome of an INIT request. */
export type Negotiation =
  /** The reply is written and the session open. */
  | { readonly kind: 'agreed'; readonly session: Session }
  /** The kernel is newer; it asks again with the version that the reply names. */
  | { readonly kind: 'again' }
  /** The kernel is too old. */
  | { readonly kind: 'refused'; readonly version: string }

/**
 * Reads INIT and writes the reply.
 *
 * @param request - words of `fuse_init_in`, behind the header
 * @param reply - words of `fuse_init_out`
 */
export function negotiate(
  request: Uint32Array,
  reply: Uint32Array,
  limits: SessionLimits,
): Negotiation {
  const [major = 0, kernelMinor = 0, kernelReadAhead = 0, offered = 0] = request
  reply.fill(0)
  reply[0] = PROTOCOL_MAJOR
  reply[1] = PROTOCOL_MINOR_MAX
  if (major > PROTOCOL_MAJOR) return { kind: 'again' }
  if (major < PROTOCOL_MAJOR || kernelMinor < PROTOCOL_MINOR_MIN) {
    return { kind: 'refused', version: `${major}.${kernelMinor}` }
  }
  const minor = Math.min(kernelMinor, PROTOCOL_MINOR_MAX)
  const flags = WANTED_FLAGS & offered
  const writeBytesMax = flags & InitFlag.MAX_PAGES ? DATA_BYTES_MAX : WRITE_BYTES_OF_OLD_KERNELS
  const congestionThreshold = Math.max(1, Math.floor((limits.maxBackground * 3) / 4))
  reply[1] = minor
  reply[2] = Math.min(kernelReadAhead, limits.readAheadBytes)
  reply[3] = flags
  reply[4] = limits.maxBackground | (congestionThreshold << 16)
  reply[5] = writeBytesMax
  reply[6] = 1
  reply[7] = writeBytesMax / PAGE_BYTES
  return { kind: 'agreed', session: { minor, flags, writeBytesMax } }
}
