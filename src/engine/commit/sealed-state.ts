/** Takes everything that changed since the last seal, at one moment. */
import type { RowChange } from '../../core/index.ts'
import { ChangeWriter } from '../../format/changes.ts'
import type { DataRange } from '../pipeline/pipeline.ts'
import type { ChangeSet } from '../tree/change-set.ts'
import type { Inode } from '../tree/inode.ts'
import type { Overlay } from '../tree/overlay.ts'
import type { Volume } from '../tree/volume.ts'

/** What one commit is to carry. Immutable while operations go on. */
export interface SealedState {
  /** Encoded changes of the tree: inodes, dentries, xattrs. */
  readonly tree: Uint8Array
  /** Parts of files that no longer show what the bucket holds for them. */
  readonly clears: readonly RowChange[]
  /** New data, by inode and offset. */
  readonly ranges: readonly DataRange[]
  /** Sum of the lengths of the ranges. */
  readonly dataBytes: number
  /** Journal position the commit covers. */
  readonly position: number
  /** Changed rows of the tree. */
  readonly rows: number
  /** Files whose sealed overlay goes when the commit is done. */
  readonly files: readonly Inode[]
}

/** A state that carries nothing, for a commit that only records a session. */
export function nothingSealed(position: number): SealedState {
  return {
    tree: new Uint8Array(0),
    clears: [],
    ranges: [],
    dataBytes: 0,
    position,
    rows: 0,
    files: [],
  }
}

/**
 * Seals the volume. The journal must be flushed: pipeline threads read the data from its files.
 *
 * Synchronous, so that no operation is half inside.
 */
export function sealState(volume: Volume): SealedState {
  const position = volume.journal.end
  const sealed = volume.seal()
  const { rows } = sealed
  const clears: RowChange[] = []
  const ranges: DataRange[] = []
  for (const ino of sealed.deleted) {
    clears.push({ kind: 'extentClear', ino, offset: 0, length: Number.MAX_SAFE_INTEGER })
  }
  const files = [...sealed.files].sort((a, b) => a.ino - b.ino)
  let dataBytes = 0
  for (const inode of files) {
    const overlay = inode.sealedOverlay as Overlay
    dataBytes += overlay.dataBytes
    sealFile(inode, overlay, inode.ino <= sealed.maxInoBefore, clears, ranges)
  }
  return { tree: encodeTree(volume, sealed), clears, ranges, dataBytes, position, rows, files }
}

function sealFile(
  { ino }: Inode,
  overlay: Overlay,
  wasCommitted: boolean,
  clears: RowChange[],
  ranges: DataRange[],
): void {
  if (wasCommitted && overlay.baseLimit < Number.MAX_SAFE_INTEGER) {
    const length = Number.MAX_SAFE_INTEGER - overlay.baseLimit
    clears.push({ kind: 'extentClear', ino, offset: overlay.baseLimit, length })
  }
  for (const { offset, length, segment, position } of overlay.pieces()) {
    if (segment !== undefined) {
      // By its descriptor: threads find the bytes even if somebody deletes the folder of local state.
      ranges.push({ file: `/proc/self/fd/${segment.fd}`, position, length, ino, offset })
    } else if (wasCommitted) {
      clears.push({ kind: 'extentClear', ino, offset, length })
    }
  }
}

function encodeTree(volume: Volume, sealed: ChangeSet): Uint8Array {
  const writer = new ChangeWriter()
  for (const ino of sealed.deleted) writer.put({ kind: 'inodeDelete', ino })
  for (const inode of sealed.inodes.values()) writer.put({ kind: 'inode', row: inode })
  for (const { parent, name, ino } of sealed.dentries.values()) {
    if (ino === 0) writer.put({ kind: 'dentryDelete', parent, name })
    else writer.put({ kind: 'dentry', parent, name, ino })
  }
  for (const { ino, name, value } of sealed.xattrs.values()) {
    // The inode may have gone after its attribute changed.
    if (volume.inodes.get(ino) === undefined) continue
    if (value === undefined) writer.put({ kind: 'xattrDelete', ino, name })
    else writer.put({ kind: 'xattr', row: { ino, name, value } })
  }
  return writer.take()
}
