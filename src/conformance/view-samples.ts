import { DIGEST_BYTES } from '../core/dedup-index.ts'
import type { MetadataSnapshot, MetadataStore, ViewPosition } from '../core/metadata-store.ts'
import {
  type BlockRow,
  type ExtentRow,
  type InodeRow,
  type PackRow,
  type RowChange,
  S_IFREG,
  type SessionRow,
} from '../core/rows.ts'
import type { BlockId, Ino, PackNumber, Sequence } from '../core/units.ts'

/** A regular file; no two fields of it are equal. */
export function inode(ino: Ino, size = 4096): InodeRow {
  return {
    ino,
    mode: S_IFREG | 0o640,
    uid: 1001,
    gid: 1002,
    nlink: 1,
    rdev: 259,
    size,
    // Before 1970, and after the 32 bits of 2038.
    atimeSec: -86_400,
    atimeNsec: 999_999_999,
    mtimeSec: 2 ** 33,
    mtimeNsec: 1,
    ctimeSec: 1_700_000_000,
    ctimeNsec: 2,
    btimeSec: 1_600_000_000,
    btimeNsec: 3,
    parent: 12,
    target: '',
  }
}

/** A block of 1 MiB in pack 1. */
export function block(id: BlockId): BlockRow {
  return {
    id,
    digest: Uint8Array.from({ length: DIGEST_BYTES }, (_, at) => (id * 37 + at * 101) & 0xff),
    pack: 1,
    record: id - 1,
    offset: 64 + id * 2 ** 33,
    storedBytes: 700_000 + id,
    plainBytes: 2 ** 20,
    compressor: 3,
  }
}

/** A pack that is an object of its own. */
export function pack(number: PackNumber): PackRow {
  return {
    number,
    id: new Uint8Array(16).fill(number),
    container: 0,
    containerOffset: 0,
    sizeBytes: 2 ** 24 + number,
  }
}

/** An extent that begins at the first byte of its block. */
export function extent(ino: Ino, offset: number, length: number, id: BlockId): ExtentRow {
  return { ino, offset, length, block: id, blockOffset: 0 }
}

/** A session that lasts. */
export function session(pid: number): SessionRow {
  return {
    id: '00112233445566778899aabbccddeeff',
    host: 'example',
    machine: 'machine/boot/namespace',
    pid,
    sinceMs: 1_700_000_000_000.25,
    open: true,
  }
}

/** The position after commit `sequence`. */
export function position(sequence: Sequence): ViewPosition {
  return {
    sequence,
    hash: `${sequence}`.padStart(64, '0'),
    journalApplied: 2 ** 40 + sequence,
    journalCommitted: 2 ** 39 + sequence,
    journal: 'ffeeddccbbaa99887766554433221100',
  }
}

/** Puts rows into every table of an empty store. */
export function fill(store: MetadataStore): void {
  store.putPack(pack(1))
  store.putBlock(block(1))
  store.putBlock(block(2))
  for (const ino of [1, 2, 3]) store.putInode(inode(ino))
  store.putInode({ ...inode(4, 0), nlink: 0 })
  store.putDentry(1, 'b', 2)
  store.putDentry(1, 'a', 3)
  store.putDentry(2, 'c', 3)
  store.putXattr({ ino: 3, name: 'user.b', value: Uint8Array.of(0, 255) })
  store.putXattr({ ino: 3, name: 'user.a', value: new Uint8Array() })
  store.putExtent(extent(3, 4096, 4096, 2))
  store.putExtent(extent(3, 0, 4096, 2))
  store.putSession(session(1))
}

/** Everything a snapshot holds, in a form that `deepEqual` compares byte by byte. */
export function image(source: MetadataStore | MetadataSnapshot): RowChange[] {
  if ('dump' in source) return [...source.dump()].map(comparable)
  const snapshot = source.snapshot()
  try {
    return [...snapshot.dump()].map(comparable)
  } finally {
    snapshot[Symbol.dispose]()
  }
}

/** Returns a copy of a row whose bytes are plain `Uint8Array`: strict equality tells a `Buffer` apart. */
export function comparable<Row>(row: Row): Row {
  if (row instanceof Uint8Array) return new Uint8Array(row) as Row
  if (row === null || typeof row !== 'object') return row
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, comparable(value)]),
  ) as Row
}
