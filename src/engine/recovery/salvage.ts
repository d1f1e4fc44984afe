/**
 * Brings out what a journal holds and the bucket lacks: after another machine took over, the changes of
 * this one can no longer be committed, but they were acknowledged.
 *
 * The tree is that of the journal's last commit, with the journal replayed on it, as this machine last saw
 * it. It comes from a copy of the local view, else from the bucket's history; when neither goes back that
 * far, only what the journal itself holds is brought out, and the report says so of each file.
 *
 * Neither journal nor bucket is changed.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  type CachePolicy,
  type Clock,
  type CommitLog,
  type Ino,
  type InodeRow,
  type Logger,
  ROOT_INO,
  S_IFREG,
} from '../../core/index.ts'
import { BlockCache } from '../blocks/block-cache.ts'
import { BlockReader } from '../blocks/block-reader.ts'
import { type InspectedJournal, inspectJournal } from '../journal/inspect.ts'
import { Journal } from '../journal/journal.ts'
import type { ScannedRecord } from '../journal/scan.ts'
import type { ProgressListener } from '../progress.ts'
import { ChangeSet } from '../tree/change-set.ts'
import { InodeTable } from '../tree/inode-table.ts'
import { Volume } from '../tree/volume.ts'
import { committedOf, listCommits } from './committed-position.ts'
import { type BaseParts, buildBase } from './salvage-base.ts'
import { changedFiles, describeChanges, madeFiles } from './salvage-changes.ts'
import { FileWriter, type WrittenFile } from './salvage-files.ts'
import { Names, shownPath } from './salvage-names.ts'

/** Room for blocks of the bucket, bytes. */
const CACHE_BYTES = 64 * 1024 * 1024

/** What a salvage works with. */
export interface SalvageParts extends BaseParts {
  /** Folder of the journal. */
  readonly journalDirectory: string
  /** A view that may be changed: a copy of the local one, or empty. */
  readonly store: BaseParts['store']
  readonly log: CommitLog
  readonly policy: CachePolicy
  readonly clock: Clock
  readonly logger: Logger
  /** An existing folder for temporary files. */
  readonly scratchDirectory: string
  /** Existing folder that a folder for this journal is made in. */
  readonly targetDirectory: string
  readonly progress?: ProgressListener | undefined
}

/** What was brought out of one journal; plain JSON. */
export interface Salvaged {
  /** Folder with `files` and `report.txt`. */
  readonly folder: string
  /** Files that were written. */
  readonly files: number
  /** Of these, files of which only parts are known. */
  readonly incomplete: number
  /** Operations that were not committed. */
  readonly operations: number
}

/** Where the replay starts. */
interface Start {
  /** Journal position behind the data that the view has. */
  readonly data: number
  /** Journal position behind the changes of the tree that the view has. */
  readonly tree: number
  /** Whether the view is that of the journal's last commit; otherwise it is empty. */
  readonly hasBase: boolean
}

/** Finds out what the view has of the journal, or makes it the view of the journal's last commit. */
async function prepareView(
  parts: SalvageParts,
  journal: InspectedJournal,
  committed: Awaited<ReturnType<typeof committedOf>>,
): Promise<Start> {
  const position = parts.store.position()
  const id = Buffer.from(journal.id).toString('hex')
  if (position?.journal === id && position.journalApplied <= journal.end) {
    return { data: position.journalCommitted, tree: position.journalApplied, hasBase: true }
  }
  const hasBase = committed.sequence > 0 && (await buildBase(parts, committed.sequence))
  if (hasBase) return { data: committed.position, tree: committed.position, hasBase }
  parts.store.clear()
  invent(parts.store, journal.records)
  return { data: 0, tree: 0, hasBase }
}

/** Gives an empty view a row for each inode that records write to before they describe it. */
function invent(store: BaseParts['store'], records: readonly ScannedRecord[]): void {
  const rows = new Map<Ino, Readonly<InodeRow>>()
  const sizes = new Map<Ino, number>()
  for (const { changes } of records) {
    for (const change of changes) {
      if (change.kind === 'inode' && !rows.has(change.row.ino)) rows.set(change.row.ino, change.row)
      if (change.kind !== 'data') continue
      const end = change.offset + change.length
      sizes.set(change.ino, Math.max(sizes.get(change.ino) ?? 0, end))
    }
  }
  for (const [ino, size] of sizes) store.putInode(rows.get(ino) ?? strangerRow(ino, size))
}

/** A file of which nothing is known but some of its bytes. */
function strangerRow(ino: Ino, size: number): InodeRow {
  const times = { atimeSec: 0, atimeNsec: 0, mtimeSec: 0, mtimeNsec: 0 }
  const other = { ctimeSec: 0, ctimeNsec: 0, btimeSec: 0, btimeNsec: 0, parent: 0, target: '' }
  return { ino, mode: S_IFREG | 0o600, uid: 0, gid: 0, nlink: 1, rdev: 0, size, ...times, ...other }
}

/** Replays a journal onto the view. */
function replay(
  { store, clock, journalDirectory }: SalvageParts,
  found: InspectedJournal,
  start: Start,
) {
  const journal = Journal.resume(journalDirectory, found.id, [...found.segments], found.end)
  const volume = new Volume(store, new InodeTable(store), journal, clock)
  volume.changes = new ChangeSet(ROOT_INO)
  for (const { position, changes, segment, dataPosition } of found.records) {
    if (position < start.data) continue
    volume.replay(changes, { segment, position: dataPosition }, position < start.tree)
  }
  volume.inodes.save()
  const position = { journalApplied: found.end, journalCommitted: start.data, journal: '' }
  store.commit({ sequence: 0, hash: '', ...position })
  return volume
}

/**
 * Brings out what one journal holds and the bucket lacks.
 *
 * @returns undefined when there is nothing
 */
export async function salvage(parts: SalvageParts): Promise<Salvaged | undefined> {
  const { pipeline, history, store, log, logger, policy, progress } = parts
  using journal = inspectJournal(parts.journalDirectory)
  if (journal === undefined) return undefined
  const id = Buffer.from(journal.id).toString('hex')
  const committed = await committedOf(history, await listCommits(pipeline.backend), id)
  const pending = journal.records.filter(({ position }) => position >= committed.position)
  if (pending.length === 0) return undefined

  const start = await prepareView(parts, journal, committed)
  const volume = replay(parts, journal, start)
  const made = madeFiles(pending)
  const wanted = new Set([...made, ...changedFiles(pending)])
  const names = new Names(store, wanted)
  const folder = join(parts.targetDirectory, basename(parts.journalDirectory))
  mkdirSync(join(folder, 'files'), { recursive: true, mode: 0o700 })
  const cache = new BlockCache(join(parts.scratchDirectory, 'salvage-blocks'), CACHE_BYTES, policy)
  const writer = new FileWriter(
    volume,
    new BlockReader(store, cache, pipeline, log, logger),
    join(folder, 'files'),
  )
  const written: WrittenFile[] = []
  const further: string[] = []
  try {
    for (const [index, ino] of [...wanted].entries()) {
      const inode = volume.inodes.get(ino)
      // What was deleted since needs no saving; the report tells that it was.
      if (inode === undefined || !inode.isRegular) continue
      const [path = ['without-name', `inode-${ino}`], ...others] = names.pathsOf(ino)
      const hasBase = start.hasBase || made.has(ino) || inode.overlay?.baseLimit === 0
      written.push(await writer.write(inode, path, hasBase))
      for (const other of others) further.push(`${shownPath(other)}  is  ${shownPath(path)}`)
      progress?.({ phase: 'writing files', done: index + 1, total: wanted.size, unit: 'files' })
    }
  } finally {
    cache.close()
  }
  const operations = [...describeChanges(pending, names)]
  const report = { journal, start, written, further, operations }
  writeFileSync(join(folder, 'report.txt'), reportText(parts, report), { mode: 0o600 })
  const incomplete = written.filter(({ known }) => known !== undefined).length
  return { folder, files: written.length, incomplete, operations: operations.length }
}

/** What goes into a report. */
interface ReportParts {
  readonly journal: InspectedJournal
  readonly start: Start
  readonly written: readonly WrittenFile[]
  /** Further names of files that were written once. */
  readonly further: readonly string[]
  readonly operations: readonly string[]
}

function reportText({ journalDirectory }: SalvageParts, parts: ReportParts): string {
  const { journal, start, written, further, operations } = parts
  const lines = [
    `Changes in ${journalDirectory} that the bucket does not have.`,
    '',
    start.hasBase
      ? 'Files are as this machine last saw them.'
      : 'The state before these changes is gone: of files that were there, only what was written is known.',
  ]
  for (const file of journal.damaged) lines.push(`Damaged, and read in part only: ${file}`)
  lines.push('', `${written.length} files were written:`)
  for (const { path, known } of written) {
    lines.push(known === undefined ? path : `${path}  (incomplete; known: ${rangesText(known)})`)
  }
  if (further.length > 0) lines.push('', 'Further names of these files:', ...further)
  lines.push('', `${operations.length} changes of names, oldest first:`, ...operations, '')
  return lines.join('\n')
}

function rangesText(known: WrittenFile['known'] = []): string {
  if (known.length === 0) return 'nothing'
  return known.map(({ offset, length }) => `${length} bytes from ${offset}`).join(', ')
}
