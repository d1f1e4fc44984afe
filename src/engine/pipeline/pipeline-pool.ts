import {
  type ObjectBackend,
  type ObjectBackendCapabilities,
  StratusError,
} from '../../core/index.ts'
import type { CheckpointPartEntry } from '../../format/checkpoint.ts'
import { PACK_BYTES_DEFAULT } from '../../format/pack.ts'
import { decodePack, decodePieces, encodeRanges, encodeSources } from './descriptor-codec.ts'
import type {
  Claim,
  CommitWriter,
  CopySource,
  DataRange,
  FetchOutcome,
  FetchRequest,
  FinishedPack,
  LogHeader,
  Piece,
  Pipeline,
} from './pipeline.ts'
import { PipelineLink } from './pipeline-link.ts'
import { RemoteBackend } from './remote-backend.ts'
import { threadFailed } from './remote-error.ts'
import { compact } from './transfer.ts'
import type { PipelineThread } from './worker-protocol.ts'

/**
 * The pipeline over several threads.
 *
 * Each call goes to the thread with the least work. A thread that dies takes its calls with it, as
 * `WORKER_FAILED`; later calls go to the others.
 */
export class PipelinePool implements Pipeline {
  readonly backend: ObjectBackend
  private nextCommit = 1

  private constructor(
    private readonly links: readonly PipelineLink[],
    capabilities: ObjectBackendCapabilities,
  ) {
    this.backend = new RemoteBackend(capabilities, () => this.leastLoaded())
  }

  /**
   * Returns a pool over threads that serve, or are about to serve, one unit each.
   *
   * @param threads - at least one; owned by the pool
   * @throws StratusError of a thread that cannot serve; all of them are ended then
   */
  static async open(threads: readonly PipelineThread[]): Promise<PipelinePool> {
    const links = threads.map((thread) => new PipelineLink(thread))
    try {
      const [capabilities] = await Promise.all(links.map((link) => link.call('describe', [])))
      if (capabilities === undefined) throw new TypeError('pipeline needs a thread')
      return new PipelinePool(links, capabilities)
    } catch (error) {
      await Promise.allSettled(links.map((link) => link.kill()))
      throw error
    }
  }

  beginCommit(claim: (digest: Uint8Array) => Claim, inline: boolean): CommitWriter {
    const commit = this.nextCommit
    this.nextCommit += 1
    return new PooledCommit(commit, claim, inline, () => this.leastLoaded())
  }

  async fetch(request: FetchRequest): Promise<FetchOutcome[]> {
    const sent = { ...request, pack: compact(request.pack) }
    const options = { bytes: request.range.length }
    try {
      return await this.leastLoaded().call('fetch', [sent], options)
    } catch (cause) {
      // A thread that died takes only its own work along; another can read the same.
      if (!(cause instanceof StratusError) || cause.code !== 'WORKER_FAILED') throw cause
      return await this.leastLoaded().call('fetch', [sent], options)
    }
  }

  async sealLog(
    header: LogHeader,
    changes: Uint8Array,
    pack: Uint8Array | undefined,
  ): Promise<{ readonly object: Uint8Array; readonly packOffset: number }> {
    const moved = compact(changes)
    // The caller keeps the pack: it is copied.
    const copied = pack === undefined ? undefined : new Uint8Array(pack)
    return this.leastLoaded().call('sealLog', [header, moved, copied], {
      moved: copied === undefined ? [moved] : [moved, copied],
      bytes: moved.length + (copied?.length ?? 0),
    })
  }

  async putCheckpointPart(key: string, changes: Uint8Array): Promise<CheckpointPartEntry> {
    const moved = compact(changes)
    const options = { moved: [moved], bytes: moved.length }
    return this.leastLoaded().call('putCheckpointPart', [key, moved], options)
  }

  async getCheckpointPart(key: string, entry?: CheckpointPartEntry): Promise<Uint8Array> {
    const sent = entry && { ...entry, id: compact(entry.id) }
    const bytes = entry?.sizeBytes ?? 0
    return this.leastLoaded().call('getCheckpointPart', [key, sent], { bytes })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const results = await Promise.allSettled(this.links.map((link) => link.close()))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  private leastLoaded(): PipelineLink {
    const best = leastLoaded(this.links)
    if (best !== undefined) return best
    throw this.links[0]?.failure ?? threadFailed('no thread')
  }
}

/** The working thread that has least to do, or undefined when all have failed. */
function leastLoaded(links: Iterable<PipelineLink>): PipelineLink | undefined {
  let best: PipelineLink | undefined
  for (const link of links) {
    if (link.failure === undefined && (best === undefined || link.load < best.load)) best = link
  }
  return best
}

/**
 * One commit over the threads that get work for it: one more for each full pack of data, because each
 * leaves a pack that is not full.
 */
class PooledCommit implements CommitWriter {
  private readonly links = new Set<PipelineLink>()
  private bytes = 0
  private ended = false

  constructor(
    private readonly commit: number,
    private readonly claim: (digest: Uint8Array) => Claim,
    private readonly inline: boolean,
    private readonly leastLoaded: () => PipelineLink,
  ) {}

  async store(ranges: readonly DataRange[]): Promise<Piece[]> {
    const bytes = ranges.reduce((sum, range) => sum + range.length, 0)
    this.bytes += bytes
    const table = encodeRanges(ranges)
    const numbers = await this.link().call('commitStore', [this.commit, table], { bytes })
    return decodePieces(numbers)
  }

  async copy(sources: readonly CopySource[]): Promise<void> {
    const bytes = sources.reduce((sum, source) => sum + source.storedBytes, 0)
    this.bytes += bytes
    const table = encodeSources(sources)
    await this.link().call('commitCopy', [this.commit, table], { bytes })
  }

  async finish(): Promise<FinishedPack[]> {
    const links = [...this.links]
    const tables = await Promise.all(links.map((link) => link.call('commitFinish', [this.commit])))
    this.forget()
    return tables.flat().map(decodePack)
  }

  async abort(): Promise<void> {
    this.ended = true
    const links = [...this.links].filter((link) => link.failure === undefined)
    await Promise.allSettled(links.map((link) => link.call('commitAbort', [this.commit])))
    this.forget()
  }

  private forget(): void {
    this.ended = true
    for (const link of this.links) link.forgetClaims(this.commit)
    this.links.clear()
  }

  /** Returns the thread for the next piece of work; an inline commit has one pack, hence one thread. */
  private link(): PipelineLink {
    if (this.ended) throw new StratusError('FILE_SYSTEM_CLOSED', 'commit was given up')
    const threads = this.inline ? 1 : Math.ceil(this.bytes / PACK_BYTES_DEFAULT)
    const started = this.links.size < threads ? undefined : leastLoaded(this.links)
    const link = started ?? this.leastLoaded()
    if (!this.links.has(link)) {
      this.links.add(link)
      link.answerClaims(this.commit, this.claim)
      // Messages keep their order: the commit has begun before its first work arrives.
      link.call('commitBegin', [this.commit, this.inline]).catch(() => {})
    }
    return link
  }
}
