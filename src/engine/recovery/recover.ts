/**
 * Brings the view to the newest state that anything proves: the bucket's last commit, plus what this
 * machine acknowledged and had not committed.
 *
 * Three cases, told apart by the view's position, the journal and the log:
 * - The view is where the log is, or a little behind it: commits since are applied.
 * - A commit of this machine's own journal stands in the log though the view does not know: the answer
 *   was lost with the daemon. The tree part of it is in the journal, the data part in the commit.
 * - The view is missing, damaged or from another history: it is built anew from checkpoint and log.
 */
import { closeSync, mkdirSync, renameSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Clock,
  type DedupIndex,
  type Logger,
  type MetadataStore,
  ROOT_INO,
  S_IFDIR,
  type Sequence,
  StratusError,
} from '../../core/index.ts'
import { readChanges } from '../../format/changes.ts'
import type { CheckpointManifest } from '../../format/checkpoint.ts'
import { genesisHash } from '../../format/log-object.ts'
import { checkpointKey } from '../../format/object-keys.ts'
import type { Head, LogGrowth } from '../commit/head.ts'
import { reached } from '../failpoints.ts'
import { type ScannedJournal, type ScannedRecord, scanJournal } from '../journal/scan.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { ProgressListener } from '../progress.ts'
import type { FileSystemIdentity } from '../tokens.ts'
import { applyChange, isDataChange } from '../tree/apply.ts'
import type { History, LogRecord, Survey } from './history.ts'

/** What recovery works with. */
export interface RecoveryParts {
  readonly store: MetadataStore
  readonly dedup: DedupIndex
  readonly history: History
  readonly pipeline: Pipeline
  readonly identity: FileSystemIdentity
  readonly journalDirectory: string
  readonly clock: Clock
  readonly logger: Logger
  /** Leave local changes that no longer fit behind, instead of refusing. */
  readonly force: boolean
  readonly acceptRollback: boolean
  /** The machine has started anew since its last session. */
  readonly rebooted?: boolean | undefined
  readonly progress: ProgressListener
}

/** What recovery found. */
export interface Recovered {
  readonly head: Head
  readonly growth: LogGrowth
  /** The journal with changes that the bucket lacks, or `undefined` when there are none. */
  readonly journal: ScannedJournal | undefined
  /** Those changes. */
  readonly pending: readonly ScannedRecord[]
  /** Journal position up to which the view has changes of the tree. */
  readonly applied: number
  /** Journal position that the bucket holds. */
  readonly committed: number
}

/** One recovery. */
class Recovery {
  readonly #parts: RecoveryParts
  readonly #found: ScannedJournal | undefined
  /** Id of the journal that was found, hexadecimal. */
  readonly #journal: string
  #head: Head
  #applied = 0
  #committed = 0
  /** Whether the newest commit belongs to the journal that was found. */
  #ownsHead = false
  /** Why the newest checkpoint could not be used, if so. */
  #damage: StratusError | undefined
  readonly #growth: LogGrowth = { checkpoint: 0, checkpointBytes: 0, logBytes: 0 }

  constructor(parts: RecoveryParts, found: ScannedJournal | undefined) {
    this.#parts = parts
    this.#found = found
    this.#journal = found === undefined ? '' : Buffer.from(found.id).toString('hex')
    this.#head = { sequence: 0, hash: genesisHash(parts.identity.fsId) }
  }

  async run(): Promise<Recovered> {
    const { history, acceptRollback } = this.#parts
    const survey = await history.survey()
    const seen = this.#parts.store.position()?.sequence ?? 0
    if (!(await this.#resumeView(survey))) await this.#rebuildView(survey)
    for await (const record of history.behind(this.#head.sequence, this.#head.hash)) {
      this.#advance(record)
      reached('recovery.afterRecord')
    }
    if (this.#head.sequence < survey.newest) throw this.#damage ?? this.#missing(survey.newest)
    if (this.#head.sequence < seen && !acceptRollback) throw this.#rolledBack(seen)
    const { store } = this.#parts
    const found = this.#found
    const pending = found?.records.filter(({ position }) => position >= this.#committed) ?? []
    // Before the view is told: it must not take the other machine's commit for one of this journal.
    if (pending.length > 0 && !this.#ownsHead) throw this.#diverged()
    if (pending.length > 0 && this.#journalStart > this.#committed) throw this.#beheaded()
    store.commit({
      ...this.#head,
      journalApplied: this.#applied,
      journalCommitted: this.#committed,
      journal: this.#journal,
    })
    reached('recovery.afterView')
    const base = { head: this.#head, growth: this.#growth }
    if (found === undefined || pending.length === 0) {
      discard(found)
      reached('recovery.afterDiscard')
      return { ...base, journal: undefined, pending: [], applied: 0, committed: 0 }
    }
    return {
      ...base,
      journal: found,
      pending,
      applied: this.#applied,
      committed: this.#committed,
    }
  }

  /** Starts from the local view, if it is part of the bucket's history and the log goes on from it. */
  async #resumeView(survey: Survey): Promise<boolean> {
    const { store, history, logger, acceptRollback } = this.#parts
    const position = store.position()
    if (position === undefined) return false
    const { sequence, hash } = position
    if (sequence > 0) {
      const record = await history.record(sequence)
      if (record === undefined || record.hash !== hash) {
        // Another commit under the number: somebody went on from an older state.
        const replaced = record !== undefined || survey.newest < sequence
        if (replaced && !acceptRollback) throw this.#rolledBack(sequence)
        logger.warn({ sequence }, 'the local view does not fit the bucket and is built anew')
        return false
      }
    }
    this.#head = { sequence, hash }
    const checkpoint = survey.checkpoints[0] ?? 0
    this.#growth.checkpoint = checkpoint
    this.#growth.checkpointBytes = survey.checkpointBytes(checkpoint)
    this.#growth.logBytes = survey.logBytes(checkpoint, sequence)
    if (position.journal === this.#journal) {
      if (position.journalApplied > (this.#found?.end ?? position.journalApplied)) {
        // Loss of power took the journal's tail: the view knows files whose data are gone.
        logger.warn({}, 'the local view is ahead of its journal and is built anew')
        return false
      }
      const { journalApplied, journalCommitted } = position
      if (journalApplied > journalCommitted && this.#journalStart > journalApplied) {
        // Loss of power set the view back behind what the journal has been trimmed to.
        logger.warn({}, 'the local view is older than its journal and is built anew')
        return false
      }
      this.#applied = position.journalApplied
      this.#committed = position.journalCommitted
      this.#ownsHead = true
    } else if (position.journalApplied > position.journalCommitted) {
      // The view has changes that only a journal held which is gone.
      logger.warn({}, 'the local view is ahead of the bucket without a journal and is built anew')
      return false
    }
    return true
  }

  /** Builds the view from the newest checkpoint that can be read, or from nothing. */
  async #rebuildView(survey: Survey): Promise<void> {
    const { store, history, identity, logger } = this.#parts
    this.#applied = 0
    this.#committed = 0
    this.#ownsHead = false
    Object.assign(this.#growth, { checkpoint: 0, checkpointBytes: 0, logBytes: 0 })
    for (const sequence of survey.checkpoints) {
      store.clear()
      try {
        await this.#loadCheckpoint(await history.manifest(sequence))
      } catch (cause) {
        if (!isDamage(cause)) throw cause
        this.#damage ??= cause
        logger.error({ err: cause, sequence }, 'a checkpoint is damaged; trying an older one')
        continue
      }
      reached('recovery.afterCheckpoint')
      // The commit behind the checkpoint tells which journal it came from.
      const record = await history.record(sequence)
      if (record !== undefined) this.#noteOwner(record)
      return
    }
    store.clear()
    this.#head = { sequence: 0, hash: genesisHash(identity.fsId) }
    store.putInode(rootRow(identity))
  }

  async #loadCheckpoint(checkpoint: CheckpointManifest): Promise<void> {
    const { pipeline, store, dedup } = this.#parts
    const fetch = (part: number): Promise<Uint8Array> => {
      const bytes = pipeline.getCheckpointPart(
        checkpointKey(checkpoint.sequence, part),
        checkpoint.parts[part],
      )
      bytes.catch(() => {})
      return bytes
    }
    let ahead = checkpoint.parts.length > 0 ? fetch(0) : undefined
    for (let part = 0; part < checkpoint.parts.length; part++) {
      const bytes = (await ahead) as Uint8Array
      ahead = part + 1 < checkpoint.parts.length ? fetch(part + 1) : undefined
      for (const change of readChanges(bytes)) applyChange(store, dedup, change)
      const total = checkpoint.parts.length
      this.#parts.progress({
        phase: 'reading the checkpoint',
        done: part + 1,
        total,
        unit: 'parts',
      })
    }
    this.#head = { sequence: checkpoint.sequence, hash: checkpoint.hash }
    this.#growth.checkpoint = checkpoint.sequence
    this.#growth.checkpointBytes = checkpoint.parts.reduce(
      (sum, { sizeBytes }) => sum + sizeBytes,
      0,
    )
  }

  /** Applies one commit. */
  #advance(record: LogRecord): void {
    const { store, dedup } = this.#parts
    const own = record.header.journal === this.#journal
    const changes = readChanges(record.changes)
    if (own && this.#applied > this.#committed) {
      // The view may be ahead of this commit, so the tree part must come from the journal.
      this.#replayTree(record.header.journalPosition)
      for (const change of changes) {
        if (isDataChange(change)) applyChange(store, dedup, change)
      }
    } else {
      if (!own && this.#applied > this.#committed) throw this.#diverged()
      for (const change of changes) applyChange(store, dedup, change)
    }
    this.#noteOwner(record)
    this.#head = { sequence: record.header.sequence, hash: record.hash }
    if (this.#head.sequence > this.#growth.checkpoint) this.#growth.logBytes += record.sizeBytes
    const done = this.#head.sequence - this.#growth.checkpoint
    this.#parts.progress({ phase: 'reading the log', done, total: 0, unit: 'commits' })
  }

  #noteOwner({ header }: LogRecord): void {
    this.#ownsHead = header.journal === this.#journal
    if (!this.#ownsHead) return
    this.#committed = header.journalPosition
    this.#applied = Math.max(this.#applied, header.journalPosition)
  }

  /** Applies the tree changes of the journal from where the view is up to `position`. */
  #replayTree(position: number): void {
    const { store, dedup } = this.#parts
    for (const record of this.#found?.records ?? []) {
      if (record.position < this.#applied || record.position >= position) continue
      for (const change of record.changes) {
        if (change.kind !== 'data' && !isDataChange(change)) applyChange(store, dedup, change)
      }
    }
  }

  /** Position of the first byte that the journal still has. */
  get #journalStart(): number {
    return this.#found?.segments[0]?.base ?? 0
  }

  /** Neither the bucket nor the journal has what lies between them. */
  #beheaded(): StratusError {
    return new StratusError('JOURNAL_CORRUPT', 'the journal lacks its beginning', {
      details: {
        journal: this.#parts.journalDirectory,
        committed: this.#committed,
        start: this.#journalStart,
      },
    })
  }

  #rolledBack(seen: Sequence): StratusError {
    return new StratusError(
      'FILE_SYSTEM_ROLLED_BACK',
      'the bucket holds an older state than this machine has seen',
      { details: { seen, found: this.#head.sequence } },
    )
  }

  /** The log ends although the bucket names a later commit: mounting would bring back an older state. */
  #missing(newest: Sequence): StratusError {
    return new StratusError('DATA_CORRUPT', 'a commit is missing from the log', {
      details: { sequence: this.#head.sequence + 1, newest },
    })
  }

  /** The local changes do not fit the bucket's history: keep them aside or refuse. */
  #diverged(): StratusError {
    return new StratusError(
      'HISTORY_DIVERGED',
      'this machine has changes that were not committed, and another one has written since',
      { details: { journal: this.#parts.journalDirectory } },
    )
  }
}

function rootRow(identity: FileSystemIdentity) {
  const sec = Math.floor(identity.createdMs / 1000)
  const nsec = Math.floor((identity.createdMs % 1000) * 1e6)
  return {
    ino: ROOT_INO,
    mode: S_IFDIR | (identity.rootMode & 0o7777),
    uid: identity.rootUid,
    gid: identity.rootGid,
    nlink: 2,
    rdev: 0,
    size: 0,
    atimeSec: sec,
    atimeNsec: nsec,
    mtimeSec: sec,
    mtimeNsec: nsec,
    ctimeSec: sec,
    ctimeNsec: nsec,
    btimeSec: sec,
    btimeNsec: nsec,
    parent: ROOT_INO,
    target: '',
  }
}

/** Whether a checkpoint is unusable in a way that leaves the older one to try. */
function isDamage(cause: unknown): cause is StratusError {
  if (!(cause instanceof StratusError)) return false
  return ['DATA_CORRUPT', 'FORMAT_UNSUPPORTED', 'OBJECT_NOT_FOUND'].includes(cause.code)
}

/** Deletes a journal of which the bucket holds everything. */
function discard(journal: ScannedJournal | undefined): void {
  for (const { fd, file } of journal?.segments ?? []) {
    closeSync(fd)
    unlinkSync(file)
  }
}

/** Moves a journal out of the way without losing it; returns where it is. */
function setAside(directory: string, clock: Clock): string {
  const stamp = new Date(clock.nowMs()).toISOString().replace(/[:.]/g, '-')
  const aside = join(directory, '..', `journal-left-behind-${stamp}`)
  renameSync(directory, aside)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return aside
}

/**
 * Recovers the file system. See the module comment.
 *
 * @throws StratusError `HISTORY_DIVERGED`, `FILE_SYSTEM_ROLLED_BACK`, `JOURNAL_CORRUPT`, `DATA_CORRUPT`
 */
export async function recover(parts: RecoveryParts): Promise<Recovered> {
  const { journalDirectory, store, logger, clock } = parts
  mkdirSync(journalDirectory, { recursive: true, mode: 0o700 })
  let found: ScannedJournal | undefined
  try {
    found = scanJournal(journalDirectory, parts.rebooted)
    reached('recovery.afterScan')
    return await new Recovery(parts, found).run()
  } catch (cause) {
    const code = cause instanceof StratusError ? cause.code : undefined
    const leavable = code === 'HISTORY_DIVERGED' || code === 'JOURNAL_CORRUPT'
    if (!parts.force || !leavable) throw cause
    const aside = setAside(journalDirectory, clock)
    logger.warn({ err: cause, aside }, 'local changes that were not committed are left behind')
    store.clear()
    return await new Recovery(parts, undefined).run()
  }
}
