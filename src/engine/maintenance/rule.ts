import type {
  BlockRow,
  ByteString,
  ExtentRow,
  Ino,
  InodeRow,
  MetadataStore,
  PackRow,
  SessionRow,
  XattrRow,
} from '../../core/index.ts'
import type { CheckedBucket } from './checked-bucket.ts'
import type { Find } from './finding.ts'

/** What a rule about rows can ask. */
export interface CheckedView {
  readonly store: MetadataStore
  /** Type bits of an inode's mode; 0 when there is no such inode. Complete before the first name. */
  typeOf(ino: Ino): number
}

/**
 * One rule's look at the rows, in the order of a dump: packs, blocks, inodes, names, xattrs, extents (those of
 * a file together, by offset), session.
 */
export interface RowChecker {
  pack?(row: PackRow): void
  block?(row: BlockRow): void
  inode?(row: Readonly<InodeRow>): void
  dentry?(row: { readonly parent: Ino; readonly name: ByteString; readonly ino: Ino }): void
  xattr?(row: XattrRow): void
  extent?(row: ExtentRow): void
  session?(row: SessionRow): void
  /** All rows have been seen. */
  end?(): void
}

/** A rule about the rows of the view. */
export interface ViewRule {
  /** Stable; findings carry it. */
  readonly id: string
  /** What holds in a sound file system. */
  readonly sentence: string
  begin(view: CheckedView, find: Find): RowChecker
}

/** A rule about the objects in the bucket. */
export interface BucketRule {
  /** Stable; findings carry it. */
  readonly id: string
  /** What holds in a sound file system. */
  readonly sentence: string
  check(bucket: CheckedBucket, find: Find): Promise<void>
}
