/**
 * Brings blocks from the bucket into the cache.
 *
 * Invariant: a block is fetched at most once at a time; whoever wants it meanwhile joins the fetch
 * under way.
 */
import {
  type BlockId,
  type BlockRow,
  type CommitLog,
  type Logger,
  type MetadataStore,
  StratusError,
} from '../../core/index.ts'
import { packKey } from '../../format/object-keys.ts'
import type { CacheRun, FetchBlock, FetchOutcome, Pipeline } from '../pipeline/pipeline.ts'
import type { BlockCache } from './block-cache.ts'
import { type FetchGroup, planFetches } from './fetch-plan.ts'

/** Files below this size bring their neighbours in the pack along, bytes. */
export const SMALL_FILE_BYTES: number = 256 * 1024

/** How far behind a small block its neighbours are looked for, bytes of the pack. */
const NEIGHBOUR_BYTES = 1024 * 1024

/**
 * Blocks under way above which nothing is fetched ahead. With blocks of 1 MiB this bounds what slow stores
 * and many readers can hold in memory.
 */
const IN_FLIGHT_MAX = 128

/** Blocks that are in the cache, or here, and stay until `release`. */
export interface Lease {
  /** Copies bytes of one of the lease's blocks to `target`. */
  read(block: BlockId, blockOffset: number, target: Uint8Array): void
  release(): void
}

/** What a fetch left behind: bytes, when the cache had no room for them. */
type Loaded = Uint8Array | 'cached'

/** See the module comment. */
export class BlockReader {
  readonly #store: MetadataStore
  readonly #cache: BlockCache
  readonly #pipeline: Pipeline
  readonly #log: CommitLog
  readonly #logger: Logger
  readonly #inFlight = new Map<BlockId, Promise<Loaded>>()

  constructor(
    store: MetadataStore,
    cache: BlockCache,
    pipeline: Pipeline,
    log: CommitLog,
    logger: Logger,
  ) {
    this.#store = store
    this.#cache = cache
    this.#pipeline = pipeline
    this.#log = log
    this.#logger = logger
  }

  /** Copies from the cache if the block is there. */
  readCached(block: BlockId, blockOffset: number, target: Uint8Array): boolean {
    return this.#cache.read(block, blockOffset, target)
  }

  /** Whether a block needs no fetch of its own any more. */
  isPresent(block: BlockId): boolean {
    return this.#cache.has(block) || this.#inFlight.has(block)
  }

  /**
   * Brings blocks and keeps them until the lease is released.
   *
   * @param neighbours - also start to bring what lies behind a block in its pack: files that were written
   *   together are often read together
   * @throws StratusError when one of them is damaged or cannot be read
   */
  async load(blocks: readonly BlockRow[], neighbours: boolean): Promise<Lease> {
    for (const { id } of blocks) this.#cache.pin(id)
    const unpin = (): void => {
      for (const { id } of blocks) this.#cache.unpin(id)
    }
    const transient = new Map<BlockId, Uint8Array>()
    try {
      this.#start(neighbours ? this.#withNeighbours(blocks) : blocks)
      // A fetch that ended without room in the cache is only known to those who waited for it.
      for (const block of blocks) {
        const loaded = await this.#arrival(block)
        if (loaded !== undefined && loaded !== 'cached') transient.set(block.id, loaded)
      }
      for (const block of blocks) {
        if (transient.has(block.id) || this.#cache.has(block.id)) continue
        this.#start([block])
        const loaded = await this.#arrival(block)
        if (loaded !== undefined && loaded !== 'cached') transient.set(block.id, loaded)
      }
    } catch (cause) {
      unpin()
      throw cause
    }
    return {
      read: (block, blockOffset, target) => {
        const bytes = transient.get(block)
        if (bytes !== undefined) {
          target.set(bytes.subarray(blockOffset, blockOffset + target.byteLength))
        } else if (!this.#cache.read(block, blockOffset, target)) {
          throw new StratusError('WORKER_FAILED', 'a block left the cache while it was in use')
        }
      },
      release: unpin,
    }
  }

  /** Starts to bring blocks; failures show when somebody reads them. */
  prefetch(blocks: readonly BlockRow[]): void {
    if (this.#inFlight.size < IN_FLIGHT_MAX) this.#start(blocks)
  }

  /** Waits for a block. One that moved to another pack meanwhile is asked for where it is now. */
  async #arrival(block: BlockRow): Promise<Loaded | undefined> {
    try {
      return await this.#inFlight.get(block.id)
    } catch (cause) {
      if (!(cause instanceof StratusError) || cause.code !== 'OBJECT_NOT_FOUND') throw cause
      const moved = this.#store.getBlock(block.id)
      if (moved === undefined || moved.pack === block.pack) throw cause
      this.#start([moved])
      return await this.#inFlight.get(block.id)
    }
  }

  #withNeighbours(blocks: readonly BlockRow[]): BlockRow[] {
    const wanted = [...blocks]
    const first = blocks[0]
    if (first === undefined) return wanted
    const until = first.offset + NEIGHBOUR_BYTES
    for (const block of this.#store.blocksOfPack(first.pack, first.offset + 1, until)) {
      if (block.offset + block.storedBytes <= until) wanted.push(block)
    }
    return wanted
  }

  #start(blocks: readonly BlockRow[]): void {
    const missing = new Map<BlockId, BlockRow>()
    for (const block of blocks) if (!this.isPresent(block.id)) missing.set(block.id, block)
    for (const group of planFetches([...missing.values()])) this.#startGroup(group)
  }

  #startGroup(group: FetchGroup): void {
    const reserved = group.blocks.map((block) => this.#cache.reserve(block.plainBytes))
    const outcomes = this.#fetch(group, reserved)
    for (const [index, block] of group.blocks.entries()) {
      const loaded = outcomes.then((all) =>
        this.#settle(block, reserved[index], all[index] as FetchOutcome),
      )
      const done = loaded.finally(() => this.#inFlight.delete(block.id))
      this.#inFlight.set(block.id, done)
      // Whoever waits sees the failure; a prefetch that nobody waits for must not end the process.
      done.catch(() => {})
    }
    outcomes.catch((cause: unknown) => {
      for (const runs of reserved) if (runs !== undefined) this.#cache.release(runs)
      this.#logger.warn({ err: cause, pack: group.pack }, 'cannot fetch blocks')
    })
  }

  #fetch(
    group: FetchGroup,
    reserved: readonly (readonly CacheRun[] | undefined)[],
  ): Promise<FetchOutcome[]> {
    const pack = this.#store.getPack(group.pack)
    if (pack === undefined) {
      return Promise.reject(
        new StratusError('OBJECT_NOT_FOUND', 'a block lies in a pack that does not exist', {
          details: { pack: group.pack },
        }),
      )
    }
    const base = pack.containerOffset
    const blocks = group.blocks.map(
      (block, index): FetchBlock => ({
        record: block.record,
        offset: base + block.offset,
        storedBytes: block.storedBytes,
        plainBytes: block.plainBytes,
        compressor: block.compressor,
        runs: reserved[index],
      }),
    )
    const first = blocks[0] as FetchBlock
    const last = blocks[blocks.length - 1] as FetchBlock
    return this.#pipeline.fetch({
      key: pack.container === 0 ? packKey(pack.id) : this.#log.key(pack.container),
      pack: pack.id,
      range: { offset: first.offset, length: last.offset + last.storedBytes - first.offset },
      blocks,
      cacheFile: this.#cache.file,
    })
  }

  #settle(block: BlockRow, runs: readonly CacheRun[] | undefined, outcome: FetchOutcome): Loaded {
    if (outcome.ok && outcome.cached && runs !== undefined) {
      this.#cache.admit(block.id, runs)
      return 'cached'
    }
    if (runs !== undefined) this.#cache.release(runs)
    if (!outcome.ok) {
      const details = { block: block.id, pack: block.pack, offset: block.offset }
      const { code, message } = outcome
      this.#logger.error({ ...details, code, reason: message }, 'a block cannot be read')
      throw new StratusError(code, `a block cannot be read: ${message}`, { details })
    }
    if (outcome.data === undefined) {
      throw new StratusError('WORKER_FAILED', 'a fetched block has no bytes')
    }
    return outcome.data
  }
}
