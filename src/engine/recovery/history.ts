/** Reads what the bucket holds: the newest checkpoint and the log behind it. */
import type { CommitLog, ObjectBackend, Sequence } from '../../core/index.ts'
import { StratusError } from '../../core/index.ts'
import { type CheckpointManifest, openCheckpointManifest } from '../../format/checkpoint.ts'
import { type LogHeader, logObjectHash, openLogObject } from '../../format/log-object.ts'
import {
  CHECKPOINT_PREFIX,
  type CheckpointMember,
  checkpointKey,
  LOG_PREFIX,
  parseCheckpointKey,
  parseLogKey,
} from '../../format/object-keys.ts'
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

/** What a listing of the bucket shows; none of it is proven. */
export class Survey {
  readonly #manifests: Sequence[] = []
  readonly #checkpointBytes = new Map<Sequence, number>()
  readonly #records: { readonly sequence: Sequence; readonly sizeBytes: number }[] = []

  addCheckpoint(sequence: Sequence, member: CheckpointMember, sizeBytes: number): void {
    if (member === 'manifest') this.#manifests.push(sequence)
    else this.#checkpointBytes.set(sequence, this.checkpointBytes(sequence) + sizeBytes)
  }

  addRecord(sequence: Sequence, sizeBytes: number): void {
    this.#records.push({ sequence, sizeBytes })
  }

  /** Checkpoints that were completed, newest first. */
  get checkpoints(): Sequence[] {
    return [...this.#manifests].sort((a, b) => b - a)
  }

  /** Size of a checkpoint's parts, bytes. */
  checkpointBytes(sequence: Sequence): number {
    return this.#checkpointBytes.get(sequence) ?? 0
  }

  /** Size of the log objects behind `sequence`, up to and including `last`, bytes. */
  logBytes(sequence: Sequence, last: Sequence): number {
    return this.#records
      .filter((record) => record.sequence > sequence && record.sequence <= last)
      .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  }

  /** The newest commit that anything in the bucket names; 0 when nothing does. */
  get newest(): Sequence {
    return this.#records.reduce(
      (newest, { sequence }) => Math.max(newest, sequence),
      this.checkpoints[0] ?? 0,
    )
  }
}

/** See the module comment. */
export class History {
  readonly #backend: ObjectBackend
  readonly #log: CommitLog
  readonly #sealing: SealingContext

  constructor(backend: ObjectBackend, log: CommitLog, sealing: SealingContext) {
    this.#backend = backend
    this.#log = log
    this.#sealing = sealing
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
   * @throws StratusError `DATA_CORRUPT` when a commit does not follow the one before
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

  /** Lists what the bucket holds. */
  async survey(): Promise<Survey> {
    const survey = new Survey()
    for await (const { key, sizeBytes } of this.#backend.list(CHECKPOINT_PREFIX)) {
      const parsed = parseCheckpointKey(key)
      if (parsed !== undefined) survey.addCheckpoint(parsed.sequence, parsed.member, sizeBytes)
    }
    for await (const { key, sizeBytes } of this.#backend.list(LOG_PREFIX)) {
      const sequence = parseLogKey(key)
      if (sequence !== undefined) survey.addRecord(sequence, sizeBytes)
    }
    return survey
  }

  /**
   * Reads what a checkpoint consists of.
   *
   * @throws StratusError `DATA_CORRUPT`, `FORMAT_UNSUPPORTED`, `OBJECT_NOT_FOUND`
   */
  async manifest(sequence: Sequence): Promise<CheckpointManifest> {
    const bytes = await this.#backend.get(checkpointKey(sequence, 'manifest'))
    return openCheckpointManifest(this.#sealing, bytes, sequence)
  }

  /** A read that is under way while others are awaited: its failure shows when its turn comes. */
  #quiet(sequence: Sequence): Promise<LogRecord | undefined> {
    const record = this.record(sequence)
    record.catch(() => {})
    return record
  }
}
