import type { ObjectBackend } from '../../core/index.ts'
import { DIGEST_BYTES } from '../../core/index.ts'
import type { CheckpointPartEntry } from '../../format/checkpoint.ts'
import type {
  Claim,
  CommitWriter,
  FetchOutcome,
  FetchRequest,
  LogHeader,
  Pipeline,
} from './pipeline.ts'
import type { PipelineUnit } from './pipeline-unit.ts'

/** The pipeline in the calling thread, where a backend lives in memory. */
export class DirectPipeline implements Pipeline {
  readonly backend: ObjectBackend

  /**
   * @param unit - disposed of with the pipeline
   */
  constructor(private readonly unit: PipelineUnit) {
    this.backend = unit.backend
  }

  beginCommit(claim: (digest: Uint8Array) => Claim, inline: boolean): CommitWriter {
    return this.unit.beginCommit((digests) => claimEach(digests, claim), inline)
  }

  fetch(request: FetchRequest): Promise<FetchOutcome[]> {
    return this.unit.fetch(request)
  }

  async sealLog(
    header: LogHeader,
    changes: Uint8Array,
    pack: Uint8Array | undefined,
  ): Promise<{ readonly object: Uint8Array; readonly packOffset: number }> {
    return this.unit.sealLog(header, changes, pack)
  }

  putCheckpointPart(key: string, changes: Uint8Array): Promise<CheckpointPartEntry> {
    return this.unit.putCheckpointPart(key, changes)
  }

  getCheckpointPart(key: string, entry?: CheckpointPartEntry): Promise<Uint8Array> {
    return this.unit.getCheckpointPart(key, entry)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unit[Symbol.asyncDispose]()
  }
}

/** Asks `claim` for each of several digests that lie one behind the other. */
export function claimEach(
  digests: Uint8Array,
  claim: (digest: Uint8Array) => Claim,
): readonly Claim[] {
  const claims: Claim[] = []
  for (let at = 0; at < digests.length; at += DIGEST_BYTES) {
    claims.push(claim(digests.subarray(at, at + DIGEST_BYTES)))
  }
  return claims
}
