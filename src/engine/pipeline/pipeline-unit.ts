import {
  type Cipher,
  type Compressor,
  type MaybePromise,
  type ObjectBackend,
  type Random,
  type Splitter,
  StratusError,
} from '../../core/index.ts'
import {
  type CheckpointPartEntry,
  openCheckpointPart,
  sealCheckpointPart,
} from '../../format/checkpoint.ts'
import { deriveDigestKey } from '../../format/keys.ts'
import { LOG_PACK_OFFSET, type LogHeader, sealLogObject } from '../../format/log-object.ts'
import { parseCheckpointKey } from '../../format/object-keys.ts'
import { PACK_BYTES_DEFAULT, PackOpener } from '../../format/pack.ts'
import { paddedBytes } from '../../format/padme.ts'
import { OBJECT_ID_BYTES, type SealingContext } from '../../format/sealing.ts'
import { BlockEncoder, COMPRESSOR_NONE } from './block-encoder.ts'
import { CacheFile } from './cache-file.ts'
import { CompressorGate } from './compressor-gate.ts'
import { PackBuffers } from './pack-buffers.ts'
import type { FetchBlock, FetchOutcome, FetchRequest } from './pipeline.ts'
import { type ClaimBatch, UnitCommit, type UnitCommitParts } from './unit-commit.ts'

/** Buffers of packs a unit keeps between commits. */
const IDLE_BUFFERS_MAX = 2

/** What a {@link PipelineUnit} is made from. The plugin instances are its own. */
export interface PipelineUnitParts {
  readonly backend: ObjectBackend
  /** The cipher that the superblock names. */
  readonly cipher: Cipher
  readonly splitter: Splitter
  /** Compresses new blocks. */
  readonly compressor: Compressor
  /**
   * Returns the compressor that reads a format, asked once for each format.
   *
   * @throws StratusError when there is none
   */
  readonly decompressors: (formatId: number) => MaybePromise<Compressor>
  readonly masterKey: Uint8Array
  readonly fsId: Uint8Array
  readonly random: Pick<Random, 'bytes'>
  /** Size to fill packs up to, bytes. */
  readonly packBytes?: number | undefined
}

/** Does the pipeline's work, in whichever thread it lives. */
export class PipelineUnit implements AsyncDisposable {
  /** The backend the unit was made with. */
  readonly backend: ObjectBackend
  private readonly context: SealingContext
  private readonly commitParts: UnitCommitParts
  private readonly decompressors = new Map<number, MaybePromise<CompressorGate>>()
  private readonly gates = new Map<Compressor, CompressorGate>()
  private readonly cacheFile = new CacheFile()

  constructor(private readonly parts: PipelineUnitParts) {
    const packBytes = parts.packBytes ?? PACK_BYTES_DEFAULT
    this.backend = parts.backend
    this.context = { fsId: parts.fsId, masterKey: parts.masterKey, cipher: parts.cipher }
    this.commitParts = {
      context: this.context,
      digestKey: deriveDigestKey(parts.masterKey),
      backend: parts.backend,
      splitter: parts.splitter,
      encoder: new BlockEncoder(this.gateOf(parts.compressor)),
      buffers: new PackBuffers(IDLE_BUFFERS_MAX, paddedBytes(packBytes)),
      packBytes,
      randomBytes: (count) => parts.random.bytes(count),
    }
  }

  /** Starts the unit's part of a commit. */
  beginCommit(claim: ClaimBatch, inline: boolean): UnitCommit {
    return new UnitCommit(this.commitParts, claim, inline)
  }

  /** Reads blocks with one request. Rejects only when the object cannot be read at all. */
  async fetch(request: FetchRequest): Promise<FetchOutcome[]> {
    const bytes = await this.backend.get(request.key, { range: request.range })
    const opener = new PackOpener(this.context, request.pack)
    const outcomes: FetchOutcome[] = []
    for (const block of request.blocks) {
      const from = block.offset - request.range.offset
      const sealed = bytes.subarray(from, from + block.storedBytes)
      outcomes.push(await this.fetchBlock(opener, sealed, block, request.cacheFile))
    }
    return outcomes
  }

  private async fetchBlock(
    opener: PackOpener,
    sealed: Uint8Array,
    block: FetchBlock,
    cacheFile: string | undefined,
  ): Promise<FetchOutcome> {
    let data: Uint8Array
    try {
      data = await this.openBlock(opener, sealed, block)
    } catch (error) {
      if (!(error instanceof StratusError)) throw error
      return { ok: false, code: error.code, message: error.message }
    }
    const { runs } = block
    const cached =
      runs !== undefined && cacheFile !== undefined && this.cacheFile.write(cacheFile, runs, data)
    return cached ? { ok: true, cached } : { ok: true, cached, data }
  }

  private async openBlock(
    opener: PackOpener,
    sealed: Uint8Array,
    { record, storedBytes, plainBytes, compressor }: FetchBlock,
  ): Promise<Uint8Array> {
    if (sealed.length !== storedBytes) {
      throw new StratusError('DATA_CORRUPT', 'object ends before the block does')
    }
    const payload = opener.open(record, sealed)
    const data =
      compressor === COMPRESSOR_NONE
        ? payload
        : await (await this.decompressor(compressor)).decompress(payload, plainBytes)
    if (data.length !== plainBytes) {
      throw new StratusError('DATA_CORRUPT', 'block has another size than stated')
    }
    return data
  }

  private decompressor(formatId: number): MaybePromise<CompressorGate> {
    const known = this.decompressors.get(formatId)
    if (known !== undefined) return known
    const made = this.makeDecompressor(formatId)
    this.decompressors.set(formatId, made)
    return made
  }

  private async makeDecompressor(formatId: number): Promise<CompressorGate> {
    try {
      const gate = this.gateOf(await this.parts.decompressors(formatId))
      this.decompressors.set(formatId, gate)
      return gate
    } catch (error) {
      this.decompressors.delete(formatId)
      throw error
    }
  }

  private gateOf(compressor: Compressor): CompressorGate {
    const gate = this.gates.get(compressor) ?? new CompressorGate(compressor)
    this.gates.set(compressor, gate)
    return gate
  }

  /** Seals a log object under a fresh id. */
  sealLog(
    header: LogHeader,
    changes: Uint8Array,
    pack: Uint8Array | undefined,
  ): { readonly object: Uint8Array; readonly packOffset: number } {
    const id = this.freshId()
    const object = sealLogObject(this.context, { id, header, changes, pack })
    return { object, packOffset: LOG_PACK_OFFSET }
  }

  /** Compresses, seals and puts one checkpoint part. */
  async putCheckpointPart(key: string, changes: Uint8Array): Promise<CheckpointPartEntry> {
    const { object, entry } = sealCheckpointPart(this.context, {
      id: this.freshId(),
      ...checkpointPartOf(key),
      changes,
    })
    await this.backend.put(key, object)
    return entry
  }

  /** Fetches and opens one checkpoint part. */
  async getCheckpointPart(key: string, entry?: CheckpointPartEntry): Promise<Uint8Array> {
    const expected = { ...checkpointPartOf(key), entry }
    return openCheckpointPart(this.context, await this.backend.get(key), expected)
  }

  private freshId(): Uint8Array {
    return this.parts.random.bytes(OBJECT_ID_BYTES)
  }

  /** Closes the cache file and disposes of the backend. No call may be under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cacheFile.close()
    await this.backend[Symbol.asyncDispose]()
  }
}

function checkpointPartOf(key: string): { sequence: number; part: number } {
  const parsed = parseCheckpointKey(key)
  if (parsed === undefined || parsed.member === 'manifest') {
    throw new TypeError('not the key of a checkpoint part')
  }
  return { sequence: parsed.sequence, part: parsed.member }
}
