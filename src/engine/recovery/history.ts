/** Reads what the bucket holds: the newest checkpoint and the log behind it. */
import type { CommitLog, Logger, ObjectBackend, Sequence } from '../../core/index.ts'
import { StratusError } from '../../core/index.ts'
import { type CheckpointManifest, openCheckpointManifest } from '../../format/checkpoint.ts'
import {
  type LogHeader,
  logObjectHash,
  openLogObject,
} from '../../format/log-object.ts'
import { CHECKPOINT_PREFIX, checkpointKey, parseCheckpointKey } from '../../format/object-keys.ts'
import type { SealingContext } from '../../format/sealing.ts'

/** Log objects asked for at once. */
const READ_AHEAD = 8

/** One commit, opened. */
export interface LogRecord {
  readonly header: LogHeader
  /** SHA-256 of the object, hexadecimal. */
  readonly hash: string
  readonly sizeBytes: number
  /** Encoded changes. */
  readonly changes: Uint8Array
}

/** See the module comment. */
export class History {
  readonly #backend: ObjectBackend
  readonly #log: CommitLog
  readonly #sealing: SealingContext
  readonly #logger: Logger

  constructor(backend: ObjectBackend, log: CommitLog, sealing: SealingContext, logger: Logger) {
    this.#backend = backend
    this.#log = log
    this.#sealing = sealing
    this.#logger = logger
  }

  /** Returns one commit, or `undefined` when the log does not hold it. */
  async record(sequence: Sequence): Promise<LogRecord | undefined> {
    const object = await this.#log.read(sequence)
    if (object === undefined) return undefined
    const { header, changes } = openLogObject(this.#sealing, object, sequence)
    return { header, hash: logObjectHash(object), sizeBytes: object.byteLength, changes }
  }

  /**
   * Yields the commits behind `sequence`, in order, to the end of the log.
   *
   * @param previous - hash of commit `sequence`
   * @throws {@link StratusError} `DATA_CORRUPT` when a commit does not follow the one before
   */
  async *behind(sequence: Sequence, previous: string): AsyncGenerator<LogRecord> {
    const ahead: Promise<LogRecord | undefined>[] = []
    let next = sequence + 1
    let hash = previous
    // The first answer says whether there is anything: most mounts find nothing new.
    ahead.push(this.#quiet(next))
    for (;;) {
      const record = await ahead.shift()
      if (record === undefined) return
      while (ahead.length < READ_AHEAD) ahead.push(this.#quiet(next + 1 + ahead.length))
      if (record.header.previous !== hash) {
        throw new StratusError('DATA_CORRUPT', 'a commit does not follow the one before it', {
          details: { sequence: next },
        })
      }
      hash = record.hash
      next++
      yield record
    }
  }

  /** Returns the newest checkpoint that can be read. */
  async newestCheckpoint(): Promise<CheckpointManifest | undefined> {
    const found: Sequence[] = []
    for await (const { key } of this.#backend.list(CHECKPOINT_PREFIX)) {
      const parsed = parseCheckpointKey(key)
      if (parsed?.member === 'manifest') found.push(parsed.sequence)
    }
    for (const sequence of found.sort((a, b) => b - a)) {
      try {
        const bytes = await this.#backend.get(checkpointKey(sequence, 'manifest'))
        return openCheckpointManifest(this.#sealing, bytes, sequence)
      } catch (cause) {
        if (!(cause instanceof StratusError) || cause.code !== 'DATA_CORRUPT') throw cause
        this.#logger.error({ err: cause, sequence }, 'a checkpoint is damaged; trying an older one')
      }
    }
    return undefined
  }

  /** A read that is under way while others are awaited: its failure shows when its turn comes. */
  #quiet(sequence: Sequence): Promise<LogRecord | undefined> {
    const record = this.record(sequence)
    record.catch(() => {})
    return record
  }
}
