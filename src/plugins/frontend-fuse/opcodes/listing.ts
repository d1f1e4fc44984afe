import type { DirectorySink, InodeView } from '../../../core/operations.ts'
import { S_IFDIR } from '../../../core/rows.ts'
import type { ByteString, Ino } from '../../../core/units.ts'
import { ENTRY_BYTES } from '../attribute-encoder.ts'
import type { Exchange } from '../exchange.ts'
import { REPLY_HEADER_BYTES, REQUEST_HEADER_WORDS } from '../protocol.ts'

/** Bytes of `fuse_dirent` before the name. */
const DIRENT_BYTES = 24
/** Words of `fuse_read_in`. */
const Field = { OFFSET: 2, SIZE: 4 } as const
/** Offsets of `.` and `..`; the entries follow with their cookie and this much more. */
const DOT_OFFSET = 1
const DOT_DOT_OFFSET = 2

/**
 * Answers READDIR and READDIRPLUS.
 *
 * One instance serves all listings of a session one after the other; it holds the state of the
 * listing that is being written.
 */
export class DirectoryListing {
  private readonly remembered: Ino[] = []
  private withAttributes = false
  private position = 0
  private limit = 0

  private readonly sink: DirectorySink = (entry, inode) => {
    const offset = entry.cookie + DOT_DOT_OFFSET
    const { mode } = inode
    if (!this.append(entry.ino, offset, mode, entry.name, inode)) return false
    if (this.withAttributes) this.remembered.push(entry.ino)
    return true
  }

  constructor(private readonly exchange: Exchange) {}

  /** Writes the part of a directory that a request asks for. */
  list(slot: number, withAttributes: boolean): number {
    const { memory } = this.exchange
    const body = this.exchange.wordOf(slot) + REQUEST_HEADER_WORDS
    const offset = memory.wide(body + Field.OFFSET)
    const size = Math.min(memory.words[body + Field.SIZE] as number, memory.payloadBytesMax)
    const start = this.exchange.byteOf(slot) + REPLY_HEADER_BYTES
    this.withAttributes = withAttributes
    this.position = start
    this.limit = start + size
    this.remembered.length = 0
    this.fill(this.exchange.nodeOf(slot), offset, start)
    for (const ino of this.remembered) {
      this.exchange.operations.remember(ino)
      this.exchange.references.taken(ino)
    }
    return this.position - start
  }

  private fill(ino: Ino, offset: number, start: number): void {
    const { operations } = this.exchange
    if (offset < DOT_DOT_OFFSET) {
      const { parent } = operations.getattr(ino)
      if (offset < DOT_OFFSET && !this.append(ino, DOT_OFFSET, S_IFDIR, '.', undefined)) return
      if (!this.append(parent, DOT_DOT_OFFSET, S_IFDIR, '..', undefined)) return
    }
    try {
      operations.readdir(ino, Math.max(offset - DOT_DOT_OFFSET, 0), this.sink)
    } catch (error) {
      // What was written so far is right; the next request meets the error again.
      if (this.position === start) throw error
    }
  }

  /** Writes one entry. Returns `false` when it does not fit. */
  private append(
    ino: Ino,
    offset: number,
    mode: number,
    name: ByteString,
    inode: InodeView | undefined,
  ): boolean {
    const { encoder, memory } = this.exchange
    const { bytes, words } = memory
    const attributeBytes = this.withAttributes ? ENTRY_BYTES : 0
    const nameRoom = (name.length + 7) & ~7
    if (this.position + attributeBytes + DIRENT_BYTES + nameRoom > this.limit) return false
    let at = this.position
    if (this.withAttributes) {
      // An entry without an inode: the kernel takes the name and looks nothing up.
      if (inode === undefined) encoder.absentEntry(at >>> 2)
      else encoder.entry(at >>> 2, inode)
      at += ENTRY_BYTES
    }
    const word = at >>> 2
    memory.setWide(word, ino)
    memory.setWide(word + 2, offset)
    words[word + 4] = name.length
    words[word + 5] = mode >>> 12
    at += DIRENT_BYTES
    if (nameRoom > name.length) {
      words[(at + nameRoom - 8) >>> 2] = 0
      words[(at + nameRoom - 4) >>> 2] = 0
    }
    bytes.write(name, at, 'latin1')
    this.position = at + nameRoom
    return true
  }
}
