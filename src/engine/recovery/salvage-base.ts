import type { DedupIndex, MetadataStore, Sequence } from '../../core/index.ts'
import { StratusError } from '../../core/index.ts'
import { readChanges } from '../../format/changes.ts'
import { genesisHash } from '../../format/log-object.ts'
import { CHECKPOINT_PREFIX, checkpointKey, parseCheckpointKey } from '../../format/object-keys.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { applyChange } from '../tree/apply.ts'
import type { History } from './history.ts'

/** What a view of an earlier commit is built with. */
export interface BaseParts {
  readonly store: MetadataStore
  readonly dedup: DedupIndex
  readonly pipeline: Pipeline
  readonly history: History
  readonly fsId: Uint8Array
}

/** Checkpoints up to a commit, newest first. */
async function checkpointsUpTo({ pipeline }: BaseParts, last: Sequence): Promise<Sequence[]> {
  const found: Sequence[] = []
  for await (const { key } of pipeline.backend.list(CHECKPOINT_PREFIX)) {
    const parsed = parseCheckpointKey(key)
    if (parsed?.member === 'manifest' && parsed.sequence <= last) found.push(parsed.sequence)
  }
  return found.sort((a, b) => b - a)
}

/** Loads a checkpoint and applies the log behind it, up to `last`; says whether it got there. */
async function buildFrom(parts: BaseParts, checkpoint: Sequence, last: Sequence): Promise<boolean> {
  const { store, dedup, pipeline, history, fsId } = parts
  store.clear()
  let hash = genesisHash(fsId)
  if (checkpoint > 0) {
    const manifest = await history.manifest(checkpoint)
    hash = manifest.hash
    for (const [part, entry] of manifest.parts.entries()) {
      const bytes = await pipeline.getCheckpointPart(checkpointKey(checkpoint, part), entry)
      for (const change of readChanges(bytes)) applyChange(store, dedup, change)
    }
  }
  let reached = checkpoint
  if (reached === last) return true
  for await (const record of history.behind(checkpoint, hash)) {
    for (const change of readChanges(record.changes)) applyChange(store, dedup, change)
    reached = record.header.sequence
    if (reached === last) return true
  }
  return false
}

/**
 * Builds the view of an earlier commit in an empty store, from what the bucket still has.
 *
 * @returns whether that was possible; the store is empty otherwise
 */
export async function buildBase(parts: BaseParts, last: Sequence): Promise<boolean> {
  for (const checkpoint of [...(await checkpointsUpTo(parts, last)), 0]) {
    try {
      if (await buildFrom(parts, checkpoint, last)) return true
    } catch (cause) {
      const damage = cause instanceof StratusError && ['corrupt', 'notFound'].includes(cause.kind)
      if (!damage) throw cause
    }
  }
  parts.store.clear()
  return false
}
