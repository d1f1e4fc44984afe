/**
 * Writes checkpoints in the background and removes what they make superfluous.
 *
 * The two newest checkpoints stay, with the log behind the older one: should the newest turn out
 * damaged, the file system can still be read.
 */
import type {
  Clock,
  CommitLog,
  Logger,
  MetadataSnapshot,
  Random,
  Sequence,
} from '../../core/index.ts'
import { ChangeWriter } from '../../format/changes.ts'
import { type CheckpointPartEntry, sealCheckpointManifest } from '../../format/checkpoint.ts'
import { CHECKPOINT_PREFIX, checkpointKey, parseCheckpointKey } from '../../format/object-keys.ts'
import { OBJECT_ID_BYTES, type SealingContext } from '../../format/sealing.ts'
import { reached } from '../failpoints.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Head, LogGrowth } from './head.ts'
import { nextTurn } from './turns.ts'

/** Rows encoded in one turn of the event loop. */
const DUMP_GRAIN = 512

/** When checkpoints are made, and of what. */
export interface CheckpointLimits {
  /** Log below which no checkpoint is made, bytes. */
  readonly logBytesMin: number
  /** Log objects behind which a checkpoint is due however small they are: each is a request at mount. */
  readonly logObjectsMax: number
  /** Encoded changes of one part, bytes. */
  readonly partBytes: number
}

/** What mounts use: reading 4 MiB of log takes less than a second. */
const checkpointLimitsDefault: CheckpointLimits = {
  logBytesMin: 4 * 1024 * 1024,
  logObjectsMax: 256,
  partBytes: 8 * 1024 * 1024,
}

/** What the writer needs. */
export interface CheckpointParts {
  readonly pipeline: Pipeline
  readonly log: CommitLog
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly sealing: SealingContext
  readonly retentionMs: number
  /** Default: what mounts use. */
  readonly limits?: CheckpointLimits | undefined
}

/** See the module comment. */
export class CheckpointWriter {
  readonly #parts: CheckpointParts
  readonly #growth: LogGrowth
  readonly #limits: CheckpointLimits
  #logObjects: number
  #underWay: Promise<void> | undefined
  readonly #superfluous: { readonly key: string; readonly sinceMs: number }[] = []

  constructor(parts: CheckpointParts, growth: LogGrowth, head: Head) {
    this.#parts = parts
    this.#limits = parts.limits ?? checkpointLimitsDefault
    this.#growth = growth
    this.#logObjects = head.sequence - growth.checkpoint
  }

  /** Whether the next commit should be followed by a checkpoint. */
  get due(): boolean {
    if (this.#underWay !== undefined) return false
    const { logBytes, checkpointBytes } = this.#growth
    if (this.#logObjects >= this.#limits.logObjectsMax) return true
    return logBytes > this.#limits.logBytesMin && logBytes > checkpointBytes / 2
  }

  /** Notes a log object. */
  grew(bytes: number): void {
    this.#growth.logBytes += bytes
    this.#logObjects++
  }

  /**
   * Starts a checkpoint.
   *
   * @param snapshot - tree as of commit `head`, data as of the commit before; disposed of here
   * @param tail - the changes of commit `head`, encoded, which bring the data up to it
   * @param superfluous - objects that commit `head` no longer refers to
   * @param oldestContainer - oldest log object that contains a pack, and thus stays with all behind it
   */
  write(
    snapshot: MetadataSnapshot,
    head: Head,
    tail: Uint8Array,
    superfluous: readonly string[],
    oldestContainer: Sequence | undefined,
  ): void {
    const nowMs = this.#parts.clock.nowMs()
    for (const key of superfluous) this.#superfluous.push({ key, sinceMs: nowMs })
    this.#growth.logBytes = 0
    this.#logObjects = 0
    this.#underWay = this.#write(snapshot, head, tail, oldestContainer)
      .catch((cause: unknown) => {
        this.#parts.logger.warn(
          { err: cause, sequence: head.sequence },
          'cannot write a checkpoint',
        )
      })
      .finally(() => {
        this.#underWay = undefined
      })
  }

  /** Resolves when no checkpoint is under way. */
  async idle(): Promise<void> {
    await this.#underWay
  }

  async #write(
    snapshot: MetadataSnapshot,
    head: Head,
    tail: Uint8Array,
    oldestContainer: Sequence | undefined,
  ): Promise<void> {
    const { pipeline, clock, random, sealing, logger } = this.#parts
    const parts: CheckpointPartEntry[] = []
    const put = async (changes: Uint8Array): Promise<void> => {
      parts.push(
        await pipeline.putCheckpointPart(checkpointKey(head.sequence, parts.length), changes),
      )
      reached('checkpoint.afterPart')
    }
    try {
      const writer = new ChangeWriter()
      let left = DUMP_GRAIN
      for (const change of snapshot.dump()) {
        writer.put(change)
        if (writer.length >= this.#limits.partBytes) {
          await put(writer.take())
          writer.reset()
        }
        if (--left === 0) {
          left = DUMP_GRAIN
          await nextTurn()
        }
      }
      await put(writer.take())
    } finally {
      snapshot[Symbol.dispose]()
    }
    await put(tail)
    reached('checkpoint.afterParts')
    const manifest = sealCheckpointManifest(sealing, random.bytes(OBJECT_ID_BYTES), {
      ...head,
      createdMs: clock.nowMs(),
      parts,
    })
    await pipeline.backend.put(checkpointKey(head.sequence, 'manifest'), manifest)
    reached('checkpoint.afterManifest')
    this.#growth.checkpointBytes = parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    logger.info({ sequence: head.sequence, parts: parts.length }, 'checkpoint written')
    await this.#removeOlder(head.sequence, oldestContainer)
    this.#growth.checkpoint = head.sequence
  }

  async #removeOlder(newest: Sequence, oldestContainer: Sequence = newest): Promise<void> {
    const { pipeline, log, clock, retentionMs } = this.#parts
    const previous = this.#growth.checkpoint
    if (previous > 0) {
      await log.truncate(Math.min(previous, oldestContainer - 1))
      reached('checkpoint.afterTruncate')
      for await (const { key } of pipeline.backend.list(CHECKPOINT_PREFIX)) {
        const parsed = parseCheckpointKey(key)
        if (parsed === undefined) continue
        // A newer one is of a machine that has taken over since.
        if (parsed.sequence < newest && parsed.sequence !== previous) {
          await pipeline.backend.delete(key)
        }
      }
      reached('checkpoint.afterOlder')
    }
    const before = clock.nowMs() - retentionMs
    for (;;) {
      const oldest = this.#superfluous[0]
      if (oldest === undefined || oldest.sinceMs > before) break
      await pipeline.backend.delete(oldest.key)
      reached('checkpoint.afterSuperfluous')
      this.#superfluous.shift()
    }
  }
}
