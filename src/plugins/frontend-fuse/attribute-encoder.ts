import type { InodeView } from '../../core/operations.ts'
import type { Ino } from '../../core/units.ts'
import type { SlotMemory } from './slot-memory.ts'

/** Bytes of `fuse_entry_out`. */
export const ENTRY_BYTES = 128
/** Bytes of `fuse_attr_out`. */
export const ATTRIBUTES_BYTES = 104
/** Bytes of `fuse_statx_out`. */
export const STATX_BYTES = 288

/** What stat(2) calls the preferred size of requests. The page size is what the kernel works with. */
const IO_BYTES = 4096
/** Unit of `st_blocks`. */
const SECTOR_BYTES = 512
const STATX_BASIC_STATS_AND_BTIME = 0xfff

/**
 * Writes inodes the way the protocol shows them.
 *
 * The kernel may keep what it is told for `validSeconds`: this mount is the only one that changes
 * the file system.
 */
export class AttributeEncoder {
  constructor(
    private readonly memory: SlotMemory,
    private readonly validSeconds: number,
  ) {}

  /** Writes `fuse_entry_out`: an inode that the kernel may now refer to. */
  entry(word: number, inode: InodeView): void {
    this.entryHeader(word, inode.ino)
    this.attributes(word + 10, inode)
  }

  /** Writes the `fuse_entry_out` that says a name does not exist. */
  absentEntry(word: number): void {
    this.entryHeader(word, 0)
    this.memory.words.fill(0, word + 10, word + ENTRY_BYTES / 4)
  }

  /** Writes `fuse_attr_out`. */
  attributesReply(word: number, inode: InodeView): void {
    const { words } = this.memory
    words[word] = this.validSeconds
    words[word + 1] = 0
    words[word + 2] = 0
    words[word + 3] = 0
    this.attributes(word + 4, inode)
  }

  /** Writes `fuse_statx_out`. */
  statxReply(word: number, inode: InodeView): void {
    const { memory } = this
    const { words } = memory
    words.fill(0, word, word + STATX_BYTES / 4)
    words[word] = this.validSeconds
    const stat = word + 8
    words[stat] = STATX_BASIC_STATS_AND_BTIME
    words[stat + 1] = IO_BYTES
    words[stat + 4] = inode.nlink
    words[stat + 5] = inode.uid
    words[stat + 6] = inode.gid
    words[stat + 7] = inode.mode
    memory.setWide(stat + 8, inode.ino)
    memory.setWide(stat + 10, inode.size)
    memory.setWide(stat + 12, Math.ceil(inode.size / SECTOR_BYTES))
    this.time(stat + 16, inode.atimeSec, inode.atimeNsec)
    this.time(stat + 20, inode.btimeSec, inode.btimeNsec)
    this.time(stat + 24, inode.ctimeSec, inode.ctimeNsec)
    this.time(stat + 28, inode.mtimeSec, inode.mtimeNsec)
    // The kernel's 32-bit encoding of a device: 12 bits of major number between 8 and 12 of minor.
    words[stat + 32] = (inode.rdev >>> 8) & 0xfff
    words[stat + 33] = (inode.rdev & 0xff) | ((inode.rdev >>> 12) & 0xfff00)
  }

  private entryHeader(word: number, ino: Ino): void {
    const { memory } = this
    const { words } = memory
    memory.setWide(word, ino)
    words[word + 2] = 0
    words[word + 3] = 0
    words[word + 4] = this.validSeconds
    words[word + 5] = 0
    words[word + 6] = this.validSeconds
    words[word + 7] = 0
    words[word + 8] = 0
    words[word + 9] = 0
  }

  /** Writes `fuse_attr`. */
  private attributes(word: number, inode: InodeView): void {
    const { memory } = this
    const { words } = memory
    memory.setWide(word, inode.ino)
    memory.setWide(word + 2, inode.size)
    memory.setWide(word + 4, Math.ceil(inode.size / SECTOR_BYTES))
    memory.setWide(word + 6, inode.atimeSec)
    memory.setWide(word + 8, inode.mtimeSec)
    memory.setWide(word + 10, inode.ctimeSec)
    words[word + 12] = inode.atimeNsec
    words[word + 13] = inode.mtimeNsec
    words[word + 14] = inode.ctimeNsec
    words[word + 15] = inode.mode
    words[word + 16] = inode.nlink
    words[word + 17] = inode.uid
    words[word + 18] = inode.gid
    words[word + 19] = inode.rdev
    words[word + 20] = IO_BYTES
    words[word + 21] = 0
  }

  /** Writes `fuse_sx_time`. */
  private time(word: number, sec: number, nsec: number): void {
    this.memory.setWide(word, sec)
    this.memory.words[word + 2] = nsec
  }
}
