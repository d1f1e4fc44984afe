/**
 * One mounted file system: recovery, the session, and the parts that serve it.
 *
 * See `docs/internals/write-path.md` and `docs/internals/recovery.md`.
 */
import { readdirSync, statfsSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import {
  CachePolicy,
  Cipher,
  Clock,
  CommitLog,
  DedupIndex,
  Logger,
  MetadataStore,
  type Operations,
  Random,
  type SessionRow,
  StratusError,
  type ViewTotals,
} from '../core/index.ts'
import { JOURNAL_ID_BYTES } from '../format/journal.ts'
import { Admission } from './admission.ts'
import { BlockCache, type BlockCacheFigures } from './blocks/block-cache.ts'
import { BlockReader } from './blocks/block-reader.ts'
import { CheckpointWriter } from './commit/checkpoint-writer.ts'
import { type CommitFigures, Committer } from './commit/committer.ts'
import { inject, injectable } from './di.ts'
import { EngineOperations } from './engine-operations.ts'
import { reached } from './failpoints.ts'
import { DiskReserve } from './journal/disk-reserve.ts'
import { Journal } from './journal/journal.ts'
import type { ProgressListener } from './progress.ts'
import { History } from './recovery/history.ts'
import { type Recovered, recover } from './recovery/recover.ts'
import { busy, hasRebooted, mayLive } from './recovery/sessions.ts'
import { FileSystemIdentity, FileSystemSettings, Pipeline } from './tokens.ts'
import { ChangeSet } from './tree/change-set.ts'
import { InodeTable } from './tree/inode-table.ts'
import { Volume } from './tree/volume.ts'

/** Space kept back on the local disk, bytes: the requests a frontend may have in flight, and some. */
const RESERVE_BYTES = 16 * 1024 * 1024

/** How often, and how long apart, a session that may still live is looked at before the mount is refused. */
const EXIT_TRIES = 10
const EXIT_PAUSE_MS = 200

/** What a mounted file system says about itself; plain JSON. */
export interface FileSystemStatus {
  readonly state: 'serving' | 'read-only' | 'fenced' | 'closed'
  /** Journal bytes that the bucket does not cover yet. */
  readonly backlogBytes: number
  /** Rows changed since the last seal. */
  readonly changedRows: number
  readonly commit: CommitFigures
  readonly cache: BlockCacheFigures
  readonly totals: ViewTotals
  readonly session: string
}

/** What exists between `start` and `close`. */
interface Running {
  readonly volume: Volume
  readonly committer: Committer
  readonly checkpoints: CheckpointWriter
  readonly cache: BlockCache
  readonly operations: EngineOperations
  readonly reserve: DiskReserve
}

/** See the module comment. */
@injectable()
export class FileSystem implements AsyncDisposable {
  readonly #sessionId: string
  #running: Running | undefined
  #onProgress: ProgressListener = () => {}
  #session: SessionRow | undefined

  constructor(
    @inject(Pipeline) private readonly pipeline: Pipeline,
    @inject(CommitLog) private readonly log: CommitLog,
    @inject(MetadataStore) private readonly store: MetadataStore,
    @inject(DedupIndex) private readonly dedup: DedupIndex,
    @inject(CachePolicy) private readonly policy: CachePolicy,
    @inject(Cipher) private readonly cipher: Cipher,
    @inject(Clock) private readonly clock: Clock,
    @inject(Random) private readonly random: Random,
    @inject(Logger) private readonly logger: Logger,
    @inject(FileSystemSettings) private readonly settings: FileSystemSettings,
    @inject(FileSystemIdentity) private readonly identity: FileSystemIdentity,
  ) {
    this.#sessionId = Buffer.from(random.bytes(16)).toString('hex')
  }

  /**
   * Recovers the newest state and begins a session.
   *
   * @throws StratusError `FILE_SYSTEM_BUSY`, `HISTORY_DIVERGED`, `FILE_SYSTEM_ROLLED_BACK`, `DATA_CORRUPT`
   */
  async start(): Promise<void> {
    const { settings, store } = this
    const { fsId, masterKey } = this.identity
    const sealing = { fsId, masterKey, cipher: this.cipher }
    const journalDirectory = join(settings.stateDirectory, 'journal')
    const recovered = await recover({
      store,
      dedup: this.dedup,
      history: new History(this.pipeline.backend, this.log, sealing),
      pipeline: this.pipeline,
      identity: this.identity,
      journalDirectory,
      clock: this.clock,
      logger: this.logger,
      force: settings.force,
      acceptRollback: settings.acceptRollback,
      rebooted: hasRebooted(store.getSession(), settings),
      progress: this.#onProgress,
    })
    await this.#refuseBesideAnother()
    const volume = this.#openVolume(recovered, journalDirectory)
    reached('recovery.afterReplay')
    const { retentionMs } = settings
    const { pipeline, log, clock, random, logger } = this
    const checkpoints = new CheckpointWriter(
      { pipeline, log, clock, random, logger, sealing, retentionMs, limits: settings.checkpoint },
      recovered.growth,
      recovered.head,
    )
    const committer = new Committer(
      {
        volume,
        store,
        dedup: this.dedup,
        pipeline,
        log,
        checkpoints,
        clock,
        logger,
        session: this.#sessionId,
        intervalMs: settings.commitIntervalMs,
        freeDiskBytes: () => freeBytes(settings.stateDirectory),
      },
      recovered.head,
      recovered.committed,
    )
    this.#running = this.#assemble(volume, committer, checkpoints)
    if (!settings.readOnly) {
      this.#session = {
        id: this.#sessionId,
        host: settings.host,
        machine: settings.machine,
        pid: settings.pid,
        sinceMs: clock.nowMs(),
        open: true,
      }
      await committer.record(this.#session)
      // Not before: until the session stands in the log, nothing says whose journal this is.
      this.#reapOrphans(volume)
      committer.touched()
    }
  }

  /** Has `listener` told how recovery comes along. */
  onProgress(listener: ProgressListener): void {
    this.#onProgress = listener
  }

  /** What frontends call. */
  get operations(): Operations {
    return this.#parts.operations
  }

  /**
   * Resolves when everything up to now is in the bucket.
   *
   * @throws StratusError `FENCED`
   */
  async flush(): Promise<void> {
    await this.#parts.operations.settle()
    await this.#parts.committer.flush()
  }

  /** How things are. */
  status(): FileSystemStatus {
    const { volume, committer, cache } = this.#parts
    // The totals are those of the view.
    if (volume.frozen === undefined) volume.inodes.save()
    return {
      state: volume.frozen ?? 'serving',
      backlogBytes: committer.backlogBytes,
      changedRows: volume.changes.rows,
      commit: committer.figures,
      cache: cache.figures,
      totals: this.store.totals(),
      session: this.#sessionId,
    }
  }

  /**
   * Commits everything and ends the session. To be called when no frontend is attached any more.
   *
   * @throws StratusError `FENCED`; the journal then stays for recovery
   */
  async close(): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    const { volume, committer, checkpoints } = running
    if (volume.frozen === 'read-only') {
      this.#release(running, !committer.dirty)
      return
    }
    try {
      if (volume.frozen === undefined) this.#reapOrphans(volume)
      await this.flush()
      reached('close.afterFlush')
      if (this.#session !== undefined) await committer.record({ ...this.#session, open: false })
      reached('close.afterSession')
      await checkpoints.idle()
    } catch (cause) {
      this.abandon()
      throw cause
    }
    this.#release(running, true)
    reached('close.afterJournal')
  }

  /** Stops without committing; the journal keeps what was acknowledged. */
  abandon(): void {
    const running = this.#running
    if (running === undefined) return
    try {
      running.volume.journal.flush()
    } finally {
      this.#release(running, false)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  get #parts(): Running {
    if (this.#running === undefined) {
      throw new StratusError('FILE_SYSTEM_CLOSED', 'the file system is not open')
    }
    return this.#running
  }

  /** Lets go of local files. The journal is deleted only when the bucket has all of it. */
  #release({ volume, committer, cache, reserve }: Running, committed: boolean): void {
    this.#running = undefined
    volume.frozen = 'closed'
    committer.stop()
    if (committed) volume.journal.destroy()
    else volume.journal.close()
    cache.close()
    reserve.release()
  }

  /** Removes what has no name any more and that nobody can hold now. */
  #reapOrphans(volume: Volume): void {
    volume.inodes.save()
    for (const ino of this.store.orphans()) volume.reap(volume.inode(ino))
  }

  async #refuseBesideAnother(): Promise<void> {
    const session = this.store.getSession()
    if (session === undefined || this.settings.readOnly || this.settings.force) return
    // A daemon that was just killed takes a moment to be gone.
    for (let tries = EXIT_TRIES; mayLive(session, this.settings); tries--) {
      if (tries === 0) throw busy(session)
      await this.clock.sleep(EXIT_PAUSE_MS)
    }
  }

  #openVolume(recovered: Recovered, journalDirectory: string): Volume {
    const { journal: found } = recovered
    if (found === undefined) {
      for (const name of readdirSync(journalDirectory)) unlinkSync(join(journalDirectory, name))
    }
    const { segmentBytes } = this.settings
    const journal =
      found === undefined
        ? Journal.create(journalDirectory, this.random.bytes(JOURNAL_ID_BYTES), segmentBytes)
        : Journal.resume(journalDirectory, found.id, found.segments, found.end, segmentBytes)
    const volume = new Volume(this.store, new InodeTable(this.store), journal, this.clock)
    if (recovered.pending.length > 0) {
      // Which inodes are new to the bucket is not known any more; deletions are all recorded.
      volume.changes = new ChangeSet(Number.MAX_SAFE_INTEGER)
      for (const record of recovered.pending) {
        const location = { segment: record.segment, position: record.dataPosition }
        volume.replay(record.changes, location, record.position < recovered.applied)
      }
      this.logger.info({ records: recovered.pending.length }, 'the journal was replayed')
    }
    if (this.settings.readOnly) volume.frozen = 'read-only'
    return volume
  }

  #assemble(volume: Volume, committer: Committer, checkpoints: CheckpointWriter): Running {
    const { settings, store, pipeline, log, logger } = this
    const half = Math.floor(settings.cacheBytes / 2)
    const cache = new BlockCache(join(settings.stateDirectory, 'blocks'), half, this.policy)
    const blocks = new BlockReader(store, cache, pipeline, log, logger)
    const reserve = new DiskReserve(join(settings.stateDirectory, 'reserve'), RESERVE_BYTES)
    reserve.hold()
    const admission = new Admission(volume, committer, reserve, logger, half)
    committer.onCommit = () => admission.wake()
    committer.onDiskLow = () => admission.diskLow()
    const cloud = settings.fsync === 'cloud'
    const operations = new EngineOperations(volume, blocks, committer, admission, cloud)
    return { volume, committer, checkpoints, cache, operations, reserve }
  }
}

/** Room on the disk that a folder lies on. */
function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch (cause) {
    // Somebody deleted the folder. The files in use live on, and the commit must not stop for it.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return Number.POSITIVE_INFINITY
    throw cause
  }
}
