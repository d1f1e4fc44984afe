/**
 * Carries the volume's changes to the bucket, one commit after the other.
 *
 * Invariants:
 * - At most one commit is under way. Its sealed state does not change; whatever fails is built again from
 *   it, under new pack ids.
 * - `committed` moves only after the log object stands. The journal is trimmed only up to there.
 * - Only this class commits the view, so the view's position is always true.
 * - Once fenced, nothing is put any more; the journal keeps what was not committed.
 */
import {
  type Clock,
  type CommitLog,
  type DedupIndex,
  type Logger,
  type MetadataSnapshot,
  type MetadataStore,
  type Sequence,
  type SessionRow,
  StratusError,
} from '../../core/index.ts'
import { reached } from '../failpoints.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { applyChange } from '../tree/apply.ts'
import type { Volume } from '../tree/volume.ts'
import { type BuiltCommit, buildCommit, type Numbers } from './build.ts'
import type { CheckpointWriter } from './checkpoint-writer.ts'
import {
  type Collection,
  collectedKeys,
  nothingToCollect,
  oldestContainer,
  planCollection,
} from './collection.ts'
import type { Head } from './head.ts'
import { nothingSealed, type SealedState, sealState } from './sealed-state.ts'
import { inSlices, nextTurn } from './turns.ts'

/** Journal bytes behind which a commit starts at once: four packs. */
const COMMIT_BYTES = 64 * 1024 * 1024

/** Changed rows behind which a commit starts at once. */
const COMMIT_ROWS = 100_000

/** Changes applied to the view in one turn: about 2 ms. */
const APPLY_GRAIN = 256

/** First and longest pause before a commit that failed is tried again, milliseconds. */
const RETRY_MS = { first: 250, longest: 30_000 }

/**
 * Room on the local disk that a commit of the view needs, bytes: pages that any commit may touch, and what
 * each changed row adds. Less than the reserve for commits of the usual size.
 */
const VIEW_COMMIT_BYTES = { least: 4 * 1024 * 1024, eachRow: 400 }

/** What the committer needs. */
export interface CommitterParts {
  readonly volume: Volume
  readonly store: MetadataStore
  readonly dedup: DedupIndex
  readonly pipeline: Pipeline
  readonly log: CommitLog
  readonly checkpoints: CheckpointWriter
  readonly clock: Clock
  readonly logger: Logger
  /** Id of this session, hexadecimal. */
  readonly session: string
  readonly intervalMs: number
  /** Room on the disk of the local state. */
  readonly freeDiskBytes: () => number
}

/** How commits are going. */
export interface CommitFigures {
  readonly sequence: number
  /** When the newest commit of this session was done, milliseconds since 1970; 0 before the first. */
  readonly committedMs: number
  readonly underWay: boolean
  /** Message of the failure that the commit under way is waiting out. */
  readonly trouble: string | undefined
  readonly commits: number
}

/** See the module comment. */
export class Committer {
  readonly #parts: CommitterParts
  readonly #numbers: Numbers
  #head: Head
  /** Journal position that the bucket holds. */
  #committed: number
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  /** Why no further commit is possible, if so. */
  #ended: StratusError | undefined
  /** What the commit under way carries; kept until it stands, whatever fails meanwhile. */
  #sealed: SealedState | undefined
  /** Garbage collection failed; commits go on without it. */
  #keepsGarbage = false
  #trouble: string | undefined
  #committedMs = 0
  #commits = 0
  #stopped = false
  /** Commits given up since the last one that stood. */
  #failures = 0
  readonly #stop = new AbortController()
  /** Changes that the view has taken in since it was committed. */
  #uncommittedRows = 0
  /** Called when the local disk has too little room for the view; may make some. */
  onDiskLow: () => void = () => {}
  /** Called when a commit ended, well or not. */
  onCommit: () => void = () => {}

  constructor(parts: CommitterParts, head: Head, committed: number) {
    this.#parts = parts
    this.#head = head
    this.#committed = committed
    this.#numbers = { block: parts.store.maxBlock(), pack: parts.store.maxPack() }
  }

  /** Whether there is anything the bucket lacks. */
  get dirty(): boolean {
    return this.#parts.volume.journal.end > this.#committed
  }

  /** Journal bytes the bucket does not cover yet. */
  get backlogBytes(): number {
    return this.#parts.volume.journal.end - this.#committed
  }

  get head(): Head {
    return this.#head
  }

  get figures(): CommitFigures {
    return {
      sequence: this.#head.sequence,
      committedMs: this.#committedMs,
      underWay: this.#running !== undefined,
      trouble: this.#trouble,
      commits: this.#commits,
    }
  }

  /** Tells that something changed: a commit will follow in time, or starts now if much has changed. */
  touched(): void {
    // After a failure the next attempt has its time already.
    if (this.#stopped || this.#failures > 0) return
    if (this.backlogBytes >= COMMIT_BYTES || this.#parts.volume.changes.rows >= COMMIT_ROWS) {
      this.#background()
      return
    }
    if (this.#timer === undefined && this.dirty) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined
        this.#background()
      }, this.#parts.intervalMs)
    }
  }

  /** Starts a commit if there is anything to commit, without waiting for it. */
  kick(): void {
    if (this.dirty && this.#failures === 0) this.#background()
  }

  /**
   * Resolves when everything up to now is in the bucket.
   *
   * @throws StratusError `FENCED`, `FILE_SYSTEM_CLOSED`
   */
  async flush(): Promise<void> {
    // A mount that only reads may have found uncommitted changes; they wait for one that writes.
    if (this.#parts.volume.frozen === 'read-only') return
    const target = this.#parts.volume.journal.end
    while (this.#committed < target) await this.#next()
  }

  /** Commits a session record by itself, so that it need not wait for a backlog of data. */
  async record(session: SessionRow): Promise<void> {
    while (this.#running !== undefined) await this.#running
    await this.#start(session)
  }

  /** Ends waiting for a bucket that does not answer; what is not committed stays in the journal. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#stop.abort(new StratusError('FILE_SYSTEM_CLOSED', 'the file system is being closed'))
  }

  #background(): void {
    // A failure has been logged, and the next flush meets it again.
    this.#next().catch(() => {})
  }

  #next(): Promise<void> {
    return this.#running ?? this.#start(undefined)
  }

  #start(session: SessionRow | undefined): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    clearTimeout(this.#timer)
    this.#timer = undefined
    const running = this.#commit(session)
      .then(
        () => {
          this.#failures = 0
        },
        (cause: unknown) => {
          this.#failures++
          throw cause
        },
      )
      .finally(() => {
        this.#running = undefined
        this.onCommit()
        // What changed meanwhile starts its own interval.
        if (this.#failures === 0) this.touched()
        else this.#retryLater()
      })
    this.#running = running
    return running
  }

  /** Sets the time of the next attempt after one that was given up. */
  #retryLater(): void {
    if (this.#stopped) return
    const pauseMs = Math.min(RETRY_MS.longest, RETRY_MS.first * 2 ** this.#failures)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#background()
    }, pauseMs)
  }

  async #commit(session: SessionRow | undefined): Promise<void> {
    const { store, checkpoints, log, logger } = this.#parts
    while (this.#journalLags) await this.#flushJournal()
    // A checkpoint needs the view of the very moment of the seal.
    const fresh = session === undefined && this.#sealed === undefined
    const due = fresh && checkpoints.due && this.#hasRoomForView()
    if (fresh) this.#sealed = this.#seal()
    reached('commit.afterSeal')
    const state =
      session === undefined && this.#sealed ? this.#sealed : nothingSealed(this.#committed)
    let snapshot: MetadataSnapshot | undefined
    try {
      let collection =
        due && !this.#keepsGarbage
          ? planCollection(store, (sequence) => log.key(sequence))
          : nothingToCollect
      if (due) snapshot = this.#snapshot()
      const build = () =>
        this.#persist('cannot commit yet', () => this.#build(state, session, collection))
      let commit: BuiltCommit
      try {
        commit = await build()
      } catch (cause) {
        if (collection === nothingToCollect || !isDamage(cause)) throw cause
        logger.error(
          { err: cause },
          'garbage cannot be collected: a block that should move is damaged',
        )
        this.#keepsGarbage = true
        collection = nothingToCollect
        commit = await build()
      }
      await this.#persist('cannot append to the log yet', () =>
        log.append(commit.sequence, commit.object),
      )
      reached('commit.afterAppend')
      await this.#persist('cannot read the log', () => this.#expectPrevious(commit.sequence))
      await this.#stand(commit, state)
      checkpoints.grew(commit.object.byteLength)
      if (snapshot !== undefined) {
        const oldest = oldestContainer(store)
        checkpoints.write(snapshot, this.#head, commit.changes, collectedKeys(collection), oldest)
        snapshot = undefined
      }
    } catch (cause) {
      if (cause instanceof StratusError && cause.code === 'FENCED') this.#fence(cause)
      else if (this.#ended === undefined) {
        this.#trouble = cause instanceof Error ? cause.message : String(cause)
        logger.warn({ err: cause }, 'a commit was given up')
      }
      throw cause
    } finally {
      snapshot?.[Symbol.dispose]()
    }
  }

  /** Seals the volume. Half a seal would lose changes, so a failure ends all commits. */
  #seal(): SealedState {
    try {
      return sealState(this.#parts.volume)
    } catch (cause) {
      const message = 'the changes could not be gathered; mount again to replay the journal'
      this.#end(new StratusError('FILE_SYSTEM_CLOSED', message, { cause }))
      throw cause
    }
  }

  /** The view as it is at the seal; its data are those of the commit before. */
  #snapshot() {
    const { volume, store } = this.#parts
    volume.inodes.save()
    store.commit(this.#position(this.#committed))
    this.#uncommittedRows = 0
    reached('commit.afterSnapshot')
    return store.snapshot()
  }

  #build(
    state: SealedState,
    session: SessionRow | undefined,
    collection: Collection,
  ): Promise<BuiltCommit> {
    const { pipeline, dedup, clock, volume } = this.#parts
    const header = {
      sequence: this.#head.sequence + 1,
      previous: this.#head.hash,
      session: this.#parts.session,
      journal: Buffer.from(volume.journal.id).toString('hex'),
      journalPosition: state.position,
      committedMs: clock.nowMs(),
    }
    return buildCommit(pipeline, dedup, this.#numbers, { state, header, collection, session })
  }

  /** Tries until it works. Only being fenced, closed, or damage ends it: what cannot get better by waiting. */
  async #persist<T>(message: string, attempt: () => Promise<T>): Promise<T> {
    const { clock, logger } = this.#parts
    let pauseMs = RETRY_MS.first
    for (;;) {
      try {
        const result = await attempt()
        if (this.#trouble !== undefined) logger.info({}, 'commits go on')
        this.#trouble = undefined
        return result
      } catch (cause) {
        if (!(cause instanceof StratusError) || cause.code === 'FENCED') throw cause
        if (cause.kind !== 'unavailable' && cause.kind !== 'denied') throw cause
        this.#trouble = cause.message
        logger.warn({ err: cause, waitMs: pauseMs }, message)
      }
      await clock.sleep(pauseMs, this.#stop.signal)
      pauseMs = Math.min(RETRY_MS.longest, pauseMs * 2)
    }
  }

  /**
   * Makes sure that the record just appended continues the log.
   *
   * A number is free again once its record was removed. A machine that slept while another one took over,
   * wrote checkpoints and removed the log behind them would append there and take it for a commit. The
   * log is removed from its old end and never up to a writer's newest record; so whoever finds the record
   * before its own has not been overtaken like that.
   */
  async #expectPrevious(sequence: Sequence): Promise<void> {
    if (sequence === 1 || (await this.#parts.log.has(sequence - 1))) return
    throw new StratusError('FENCED', 'another writer has gone on and removed the log behind it', {
      details: { sequence },
    })
  }

  /**
   * Whether part of the journal is not in its files, where threads read data and the next session finds
   * what the view has and the bucket lacks. To be asked again after every wait: operations go on.
   */
  get #journalLags(): boolean {
    const { journal } = this.#parts.volume
    return journal.flushed < journal.end
  }

  async #flushJournal(): Promise<void> {
    const { journal } = this.#parts.volume
    await this.#persist('cannot write the journal', async () => journal.flush())
  }

  /** Brings the view behind a commit that stands in the log. */
  async #stand(commit: BuiltCommit, state: SealedState): Promise<void> {
    this.#head = { sequence: commit.sequence, hash: commit.hash }
    if (state === this.#sealed) this.#sealed = undefined
    this.#committed = state.position
    this.#committedMs = this.#parts.clock.nowMs()
    this.#commits++
    try {
      await this.#apply(commit, state)
    } catch (cause) {
      this.#end(
        new StratusError('FILE_SYSTEM_CLOSED', 'the local view failed; mount again to rebuild it', {
          cause,
        }),
      )
      throw cause
    }
  }

  async #apply(commit: BuiltCommit, state: SealedState): Promise<void> {
    const { volume, store, dedup, logger } = this.#parts
    await inSlices(commit.data, APPLY_GRAIN, (change) => applyChange(store, dedup, change))
    while (volume.inodes.unsavedCount > APPLY_GRAIN) {
      volume.inodes.save(APPLY_GRAIN)
      await nextTurn()
    }
    this.#uncommittedRows += commit.data.length + state.rows
    reached('commit.afterApply')
    await this.#commitView(state.position)
    reached('commit.afterView')
    for (const inode of state.files) inode.sealedOverlay = undefined
    volume.journal.trim(state.position)
    logger.debug(
      {
        sequence: commit.sequence,
        dataBytes: state.dataBytes,
        objectBytes: commit.object.byteLength,
      },
      'committed',
    )
  }

  /**
   * Commits the view as of the end of the journal.
   *
   * Everything up to there must be in the view and in the journal's files at that moment, and operations
   * go on during each wait; so nothing is waited for between the last look and the commit.
   */
  async #commitView(committed: number): Promise<void> {
    const { volume, store } = this.#parts
    for (;;) {
      if (this.#journalLags) {
        await this.#flushJournal()
      } else if (!this.#hasRoomForView()) {
        await this.#persist('cannot write the local view', async () => {
          if (!this.#hasRoomForView()) throw noRoomForView()
        })
      } else {
        volume.inodes.save()
        store.commit(this.#position(committed))
        this.#uncommittedRows = 0
        return
      }
    }
  }

  /**
   * Whether the local disk has room for a commit of the view. SQLite gives up all of a transaction that
   * does not fit, and the view with it; so it is not tried.
   */
  #hasRoomForView(): boolean {
    const { freeDiskBytes } = this.#parts
    const needed = VIEW_COMMIT_BYTES.least + VIEW_COMMIT_BYTES.eachRow * this.#uncommittedRows
    if (freeDiskBytes() >= needed) return true
    this.onDiskLow()
    return freeDiskBytes() >= needed
  }

  #position(committed: number) {
    const { volume } = this.#parts
    return {
      sequence: this.#head.sequence,
      hash: this.#head.hash,
      journalApplied: volume.journal.end,
      journalCommitted: committed,
      journal: Buffer.from(volume.journal.id).toString('hex'),
    }
  }

  #fence(cause: StratusError): void {
    this.#end(cause)
    this.#parts.volume.frozen = 'fenced'
  }

  /** No commit is possible any more; the journal keeps what the bucket lacks. */
  #end(cause: StratusError): void {
    this.#ended = cause
    this.#stopped = true
    this.#parts.volume.frozen = 'closed'
    this.#parts.logger.error(
      { err: cause, sequence: this.#head.sequence, backlogBytes: this.backlogBytes },
      'the file system is read-only from now on; what was not committed stays in the local journal',
    )
  }
}

/** Whether a failure concerns what the bucket holds and not what is to be added. */
function isDamage(cause: unknown): boolean {
  return (
    cause instanceof StratusError && (cause.kind === 'corrupt' || cause.code === 'OBJECT_NOT_FOUND')
  )
}

function noRoomForView(): StratusError {
  return new StratusError('LOCAL_DISK_FULL', 'no room for the local view')
}
