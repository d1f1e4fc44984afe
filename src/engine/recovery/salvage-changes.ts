/** What the records of a journal did, in words, and which files' contents they concern. */
import { type Ino, type RowChange, S_IFLNK, S_IFMT, S_IFREG } from '../../core/index.ts'
import type { ScannedRecord } from '../journal/scan.ts'
import { type Names, type Place, shownPath } from './salvage-names.ts'

type Dentry = Extract<RowChange, { kind: 'dentry' }>
type DentryDelete = Extract<RowChange, { kind: 'dentryDelete' }>

/** What one record did to names. */
interface NameChanges {
  readonly made: readonly Dentry[]
  readonly gone: readonly DentryDelete[]
}

function nameChanges({ changes }: ScannedRecord): NameChanges {
  return {
    made: changes.filter((change) => change.kind === 'dentry'),
    gone: changes.filter((change) => change.kind === 'dentryDelete'),
  }
}

/** The inode that a record makes, with its first name. */
function madeInode(record: ScannedRecord) {
  const { made, gone } = nameChanges(record)
  const [entry, ...others] = made
  if (entry === undefined || others.length > 0 || gone.length > 0) return undefined
  for (const change of record.changes) {
    // A further name of an inode that was there comes with a higher count.
    if (change.kind !== 'inode' || change.row.ino !== entry.ino) continue
    const first = change.row.parent === 0 ? 1 : 2
    return change.row.nlink === first ? change.row : undefined
  }
  return undefined
}

/** Regular files that the records made. */
export function madeFiles(records: readonly ScannedRecord[]): Set<Ino> {
  const files = new Set<Ino>()
  for (const record of records) {
    const row = madeInode(record)
    if (row !== undefined && (row.mode & S_IFMT) === S_IFREG) files.add(row.ino)
  }
  return files
}

/** Files whose contents the records change. */
export function changedFiles(records: readonly ScannedRecord[]): Set<Ino> {
  const files = new Set<Ino>()
  for (const { changes } of records) {
    for (const change of changes) {
      if (change.kind === 'data' || change.kind === 'extentClear') files.add(change.ino)
    }
  }
  return files
}

/**
 * Describes what the records did to names, one line for each operation, oldest first. Directories are
 * called what they are called at the end.
 */
export function* describeChanges(
  records: readonly ScannedRecord[],
  names: Names,
): Generator<string> {
  const at = (place: Place): string => shownPath(names.pathAt(place))
  for (const record of records) {
    const { made, gone } = nameChanges(record)
    const [first, second] = made
    const row = madeInode(record)
    if (first === undefined) {
      for (const place of gone) yield `removed  ${at(place)}`
    } else if (second !== undefined) {
      yield `exchanged  ${at(first)}  and  ${at(second)}`
    } else if (gone[0] !== undefined) {
      yield `renamed  ${at(gone[0])}  to  ${at(first)}`
    } else if (row === undefined) {
      yield `linked  ${at(first)}`
    } else if ((row.mode & S_IFMT) === S_IFLNK) {
      yield `made  ${at(first)}  which points to  ${Buffer.from(row.target, 'latin1').toString('utf8')}`
    } else {
      yield `made  ${at(first)}`
    }
  }
}
