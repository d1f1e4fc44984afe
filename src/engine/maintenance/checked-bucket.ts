import {
  type CommitLog,
  type ObjectBackend,
  type PackRow,
  type Sequence,
  StratusError,
} from '../../core/index.ts'
import { CHECKPOINT_PREFIX, parseCheckpointKey, parseLogKey } from '../../format/object-keys.ts'
import type { SealingContext } from '../../format/sealing.ts'
import type { ProgressListener } from '../progress.ts'
import type { History } from '../recovery/history.ts'
import type { FileSystemIdentity } from '../tokens.ts'

/** What a bucket is looked at with. */
export interface BucketParts {
  readonly backend: ObjectBackend
  readonly log: CommitLog
  readonly history: History
  readonly identity: FileSystemIdentity
  readonly sealing: SealingContext
  /** Read all packs and checkpoints too. */
  readonly data: boolean
  readonly progress: ProgressListener
  /** The packs of the view; undefined when there is no view to go by. */
  readonly packs: readonly PackRow[] | undefined
  /** Commit the view stands at. */
  readonly head: Sequence
}

/** What rules about objects look at: a listing, and the objects behind it. */
export class CheckedBucket {
  readonly parts: BucketParts
  /** Sizes of all objects by key, in order of the keys. */
  readonly sizes: ReadonlyMap<string, number>

  private constructor(parts: BucketParts, sizes: ReadonlyMap<string, number>) {
    this.parts = parts
    this.sizes = sizes
  }

  /** Lists the bucket. */
  static async list(parts: BucketParts): Promise<CheckedBucket> {
    const sizes = new Map<string, number>()
    for await (const { key, sizeBytes } of parts.backend.list('')) {
      sizes.set(key, sizeBytes)
      if (sizes.size % 1000 === 0) {
        const step = { done: sizes.size, total: 0, unit: 'objects' } as const
        parts.progress({ phase: 'listing the bucket', ...step })
      }
    }
    return new CheckedBucket(parts, sizes)
  }

  /** Sequences of the commits that were listed, in order. */
  get commits(): Sequence[] {
    const found: Sequence[] = []
    for (const key of this.sizes.keys()) {
      const sequence = parseLogKey(key)
      if (sequence !== undefined) found.push(sequence)
    }
    return found.sort((a, b) => a - b)
  }

  /** Sequences of the checkpoints that have a manifest, in order. */
  get checkpoints(): Sequence[] {
    const found: Sequence[] = []
    for (const key of this.sizes.keys()) {
      const parsed = key.startsWith(CHECKPOINT_PREFIX) ? parseCheckpointKey(key) : undefined
      if (parsed?.member === 'manifest') found.push(parsed.sequence)
    }
    return found.sort((a, b) => a - b)
  }

  /**
   * The oldest commit that recovery may need: the one behind the older of the checkpoints, or the first.
   */
  get oldestNeeded(): Sequence {
    return (this.checkpoints[0] ?? 0) + 1
  }

  /**
   * Whether an object is there. One that the listing lacks is asked for by name: listings may lag.
   */
  async has(key: string): Promise<boolean> {
    if (this.sizes.has(key)) return true
    try {
      await this.parts.backend.get(key, { range: { offset: 0, length: 1 } })
      return true
    } catch (cause) {
      if (cause instanceof StratusError && cause.code === 'OBJECT_NOT_FOUND') return false
      throw cause
    }
  }
}
