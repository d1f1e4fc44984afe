import {
  closeSync,
  fchmodSync,
  ftruncateSync,
  futimesSync,
  mkdirSync,
  openSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { type ByteString, StratusError } from '../../core/index.ts'
import type { BlockReader } from '../blocks/block-reader.ts'
import { read } from '../ops/read.ts'
import type { Inode } from '../tree/inode.ts'
import type { Volume } from '../tree/volume.ts'

/** Bytes read at once. */
const CHUNK_BYTES = 1024 * 1024

/** Part of a file. */
export interface KnownRange {
  readonly offset: number
  readonly length: number
}

/** A file that was written. */
export interface WrittenFile {
  readonly path: string
  /** Ranges that are as they were; undefined when that is all of it. */
  readonly known: readonly KnownRange[] | undefined
}

/** Bytes of a path in the local file system. */
type PathBytes = Buffer

/** A name that can do no harm in the local file system. */
function safeName(name: ByteString): Buffer {
  const clean = name.replaceAll('/', '_').replaceAll('\0', '_')
  return Buffer.from(clean === '' || clean === '.' || clean === '..' ? '_' : clean, 'latin1')
}

/** Writes files as a volume shows them to a folder. */
export class FileWriter {
  readonly #volume: Volume
  readonly #blocks: BlockReader
  readonly #folder: string

  constructor(volume: Volume, blocks: BlockReader, folder: string) {
    this.#volume = volume
    this.#blocks = blocks
    this.#folder = folder
  }

  /**
   * Writes one file.
   *
   * @param parts - where, below the folder
   * @param hasBase - what the journal does not hold can be read from the bucket, or is known to be empty
   */
  async write(inode: Inode, parts: readonly ByteString[], hasBase: boolean): Promise<WrittenFile> {
    const { fd, path } = this.#create(inode, parts)
    try {
      ftruncateSync(fd, inode.size)
      const whole = hasBase && (await this.#copy(inode, fd))
      const known = whole ? undefined : this.#copyKnown(inode, fd)
      futimesSync(fd, inode.atimeSec, inode.mtimeSec)
      fchmodSync(fd, inode.mode & 0o777)
      return { path: path.toString('utf8'), known }
    } finally {
      closeSync(fd)
    }
  }

  #create(inode: Inode, parts: readonly ByteString[]): { fd: number; path: PathBytes } {
    const names = parts.map(safeName)
    const slash = Buffer.from('/')
    let folder: PathBytes = Buffer.from(this.#folder)
    for (const name of names.slice(0, -1)) {
      folder = Buffer.concat([folder, slash, name])
      mkdirSync(folder, { recursive: true, mode: 0o700 })
    }
    const path = Buffer.concat([folder, slash, names.at(-1) ?? Buffer.from('_')])
    try {
      return { fd: openSync(path, 'wx', 0o600), path }
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (code !== 'EEXIST' && code !== 'ENAMETOOLONG') throw cause
      const other = Buffer.from(join(this.#folder, `inode-${inode.ino}`))
      return { fd: openSync(other, 'wx', 0o600), path: other }
    }
  }

  /** Copies the file as it reads; returns `false` when the bucket does not have all of it any more. */
  async #copy(inode: Inode, fd: number): Promise<boolean> {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (let offset = 0; offset < inode.size; offset += CHUNK_BYTES) {
      let count: number
      try {
        count = await read(this.#volume, this.#blocks, inode, offset, chunk)
      } catch (cause) {
        if (cause instanceof StratusError && isLost(cause)) return false
        throw cause
      }
      const part = chunk.subarray(0, count)
      if (part.some((byte) => byte !== 0)) writeAll(fd, part, offset)
    }
    return true
  }

  /** Copies what the journal holds. */
  #copyKnown(inode: Inode, fd: number): KnownRange[] {
    const known: KnownRange[] = []
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (const piece of inode.overlay?.pieces() ?? []) {
      const end = Math.min(piece.offset + piece.length, inode.size)
      if (end <= piece.offset) continue
      addRange(known, piece.offset, end)
      for (let at = piece.offset; piece.segment !== undefined && at < end; at += CHUNK_BYTES) {
        const part = chunk.subarray(0, Math.min(CHUNK_BYTES, end - at))
        this.#volume.journal.read(piece.segment, piece.position + (at - piece.offset), part)
        writeAll(fd, part, at)
      }
    }
    return known
  }
}

/** Adds `[from, to)` behind the ranges there are, joined to the last one if it follows that. */
function addRange(ranges: KnownRange[], from: number, to: number): void {
  const last = ranges.at(-1)
  const follows = last !== undefined && last.offset + last.length === from
  if (follows) ranges[ranges.length - 1] = { offset: last.offset, length: to - last.offset }
  else ranges.push({ offset: from, length: to - from })
}

/** Whether waiting would not bring the bytes back. */
function isLost({ kind }: StratusError): boolean {
  return kind === 'corrupt' || kind === 'notFound'
}

function writeAll(fd: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.byteLength; ) {
    done += writeSync(fd, bytes, done, bytes.byteLength - done, offset + done)
  }
}
