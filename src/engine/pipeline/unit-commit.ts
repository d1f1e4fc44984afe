import {
  DIGEST_BYTES,
  type MaybePromise,
  type ObjectBackend,
  type Splitter,
  StratusError,
} from '../../core/index.ts'
import { digest } from '../../format/keys.ts'
import { packKey } from '../../format/object-keys.ts'
import { type PackBlockContent, PackBuilder, PackOpener } from '../../format/pack.ts'
import { OBJECT_ID_BYTES, type SealingContext } from '../../format/sealing.ts'
import { BackgroundWork } from './background-work.ts'
import type { BlockEncoder } from './block-encoder.ts'
import { groupSources } from './copy-groups.ts'
import { type DirtyRun, JournalReader, joinRanges } from './dirty-data.ts'
import type { PackBuffers } from './pack-buffers.ts'
import type {
  Claim,
  CommitWriter,
  CopySource,
  DataRange,
  FinishedPack,
  PackedBlock,
  Piece,
} from './pipeline.ts'
import { WorkSlice } from './work-slice.ts'

/** Packs that are put at once by one commit of one unit. */
const PUTS_MAX = 2

/** Data read, digested and claimed at once, bytes: enough to make the question worth its way. */
const WINDOW_BYTES = 4 * 1024 * 1024

/** Pieces claimed at once. */
const WINDOW_PIECES_MAX = 4096

/**
 * Asks where several pieces of content go.
 *
 * @param digests - {@link DIGEST_BYTES} bytes for each piece, one behind the other
 * @returns the claims, in the same order
 */
export type ClaimBatch = (digests: Uint8Array) => MaybePromise<readonly Claim[]>

/** What a {@link UnitCommit} works with. */
export interface UnitCommitParts {
  readonly context: SealingContext
  readonly digestKey: Uint8Array
  readonly backend: ObjectBackend
  readonly splitter: Splitter
  readonly encoder: BlockEncoder
  readonly buffers: PackBuffers
  readonly packBytes: number
  readonly randomBytes: (count: number) => Uint8Array
}

/** A piece of dirty data in the window. */
interface WindowPiece {
  readonly ino: number
  readonly offset: number
  /** Where it starts in the window. */
  readonly start: number
  readonly length: number
}

/** A pack under construction. */
interface OpenPack {
  readonly builder: PackBuilder
  readonly blocks: PackedBlock[]
}

/**
 * The part of one commit that one unit does: it keeps one pack open and puts full ones in the background.
 *
 * Calls may overlap; their work is done one after the other. Memory is bounded by the window, the open
 * pack and the packs being put.
 */
export class UnitCommit implements CommitWriter {
  private readonly journal = new JournalReader()
  private readonly uploads = new BackgroundWork(PUTS_MAX)
  private readonly slice = new WorkSlice()
  private readonly controller = new AbortController()
  private readonly finished: FinishedPack[] = []
  private pack: OpenPack | undefined
  private window: Uint8Array | undefined
  private queue: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly parts: UnitCommitParts,
    private readonly claim: ClaimBatch,
    private readonly inline: boolean,
  ) {}

  store(ranges: readonly DataRange[]): Promise<Piece[]> {
    return this.enqueue(() => this.storeRuns(joinRanges(ranges)))
  }

  copy(sources: readonly CopySource[]): Promise<void> {
    return this.enqueue(() => this.copyBlocks(sources))
  }

  finish(): Promise<FinishedPack[]> {
    return this.enqueue(async () => {
      if (this.inline) this.keepLastPack()
      else await this.putPack()
      await this.uploads.drain()
      this.release()
      return this.finished
    })
  }

  async abort(): Promise<void> {
    this.controller.abort(new StratusError('FILE_SYSTEM_CLOSED', 'commit was given up'))
    await this.queue
    await this.uploads.settle()
    this.release()
  }

  private enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(() => {
      this.controller.signal.throwIfAborted()
      return work()
    })
    this.queue = result.catch(() => {})
    return result
  }

  private release(): void {
    this.journal.close()
    this.window = undefined
    if (this.pack !== undefined) this.parts.buffers.give(this.pack.builder.releaseBuffer())
    this.pack = undefined
  }

  private async storeRuns(runs: readonly DirtyRun[]): Promise<Piece[]> {
    const { splitter } = this.parts
    this.window ??= Buffer.allocUnsafeSlow(Math.max(WINDOW_BYTES, 2 * splitter.blockBytesMax))
    const window = this.window
    const stored: Piece[] = []
    let pieces: WindowPiece[] = []
    let used = 0
    const flush = async () => {
      await this.storePieces(window, pieces, stored)
      pieces = []
      used = 0
    }
    for (const run of runs) {
      let done = 0
      while (done < run.length) {
        const left = run.length - done
        if (used > 0 && (left > window.length - used || pieces.length >= WINDOW_PIECES_MAX)) {
          await flush()
        }
        const data = window.subarray(used, used + Math.min(left, window.length))
        this.journal.read(run, done, data)
        const lengths = this.split(data, run.offset + done)
        // The last piece ends where the window does, not where the splitter would cut: read it again.
        if (data.length < left && lengths.length > 1) lengths.pop()
        for (const length of lengths) {
          pieces.push({ ino: run.ino, offset: run.offset + done, start: used, length })
          used += length
          done += length
        }
      }
    }
    await flush()
    return stored
  }

  private split(data: Uint8Array, fileOffset: number): number[] {
    const lengths = this.parts.splitter.split(data, fileOffset)
    let total = 0
    for (const length of lengths) {
      if (!(length > 0)) throw splitterFailed()
      total += length
    }
    if (total !== data.length) throw splitterFailed()
    return lengths
  }

  private async storePieces(
    window: Uint8Array,
    pieces: readonly WindowPiece[],
    stored: Piece[],
  ): Promise<void> {
    if (pieces.length === 0) return
    const digests = await this.digestPieces(window, pieces)
    const claims = await this.claim(digests)
    for (const [index, { ino, offset, start, length }] of pieces.entries()) {
      const claim = claims[index]
      if (claim === undefined) throw new TypeError('claim is missing')
      if (claim.fresh) {
        const plain = window.subarray(start, start + length)
        const outcome = this.parts.encoder.encode(plain)
        const { payload, compressor } = outcome instanceof Promise ? await outcome : outcome
        const at = index * DIGEST_BYTES
        const content = {
          digest: digests.subarray(at, at + DIGEST_BYTES),
          plainBytes: length,
          compressor,
        }
        const pack = this.packFor(payload.length) ?? (await this.nextPack())
        addBlock(pack, claim.block, payload, content)
        if (this.slice.spend(length)) await this.breathe()
      }
      stored.push({ ino, offset, length, block: claim.block })
    }
  }

  private async digestPieces(
    window: Uint8Array,
    pieces: readonly WindowPiece[],
  ): Promise<Uint8Array> {
    const digests = new Uint8Array(pieces.length * DIGEST_BYTES)
    for (const [index, { start, length }] of pieces.entries()) {
      const plain = window.subarray(start, start + length)
      digests.set(digest(this.parts.digestKey, plain), index * DIGEST_BYTES)
      if (this.slice.spend(length)) await this.breathe()
    }
    return digests
  }

  private async breathe(): Promise<void> {
    await this.slice.pause()
    this.controller.signal.throwIfAborted()
  }

  /** Returns the open pack if the payload has room in it; undefined asks for the next one. */
  private packFor(payloadBytes: number): OpenPack | undefined {
    return this.pack?.builder.fits(payloadBytes) ? this.pack : undefined
  }

  private async nextPack(): Promise<OpenPack> {
    await this.putPack()
    const { context, buffers, packBytes, randomBytes } = this.parts
    const builder = new PackBuilder({
      ...context,
      id: randomBytes(OBJECT_ID_BYTES),
      capacityBytes: packBytes,
      buffer: buffers.take(),
    })
    this.pack = { builder, blocks: [] }
    return this.pack
  }

  /** Closes the open pack, if any, and puts it in the background. */
  private async putPack(): Promise<void> {
    const pack = this.pack
    if (pack === undefined) return
    this.pack = undefined
    const { id } = pack.builder
    const bytes = pack.builder.finish()
    const { backend, buffers } = this.parts
    await this.uploads.start(async () => {
      await backend.put(packKey(id), bytes, { signal: this.controller.signal })
      // Only now: a put that failed may still be sending from the buffer.
      buffers.give(pack.builder.releaseBuffer())
    })
    this.finished.push({ id, sizeBytes: bytes.length, blocks: pack.blocks })
  }

  private keepLastPack(): void {
    const pack = this.pack
    if (pack === undefined) return
    const bytes = new Uint8Array(pack.builder.finish(false))
    const { blocks } = pack
    this.finished.push({ id: pack.builder.id, sizeBytes: bytes.length, blocks, bytes })
  }

  private async copyBlocks(sources: readonly CopySource[]): Promise<void> {
    const { backend, context } = this.parts
    const { signal } = this.controller
    for (const group of groupSources(sources)) {
      const bytes = await backend.get(group.key, { range: group.range, signal })
      const opener = new PackOpener(context, group.pack)
      for (const source of group.sources) {
        const from = source.containerOffset + source.offset - group.range.offset
        const payload = opener.open(source.record, bytes.subarray(from, from + source.storedBytes))
        const pack = this.packFor(payload.length) ?? (await this.nextPack())
        addBlock(pack, source.block, payload, source)
        if (this.slice.spend(payload.length)) await this.breathe()
      }
    }
  }
}

function addBlock(
  { builder, blocks }: OpenPack,
  block: number,
  payload: Uint8Array,
  { digest, plainBytes, compressor }: PackBlockContent,
): void {
  const { record, offset, storedBytes } = builder.add(payload, { digest, plainBytes, compressor })
  blocks.push({ block, digest, record, offset, storedBytes, plainBytes, compressor })
}

function splitterFailed(): StratusError {
  return new StratusError('PLUGIN_INVALID', 'pieces of the splitter do not join to its input')
}
