import type { BlockId, ByteRange, ErrorCode, ObjectBackend } from '../../core/index.ts'
import type { CheckpointPartEntry } from '../../format/checkpoint.ts'
import type { LogHeader } from '../../format/log-object.ts'

export type { LogHeader } from '../../format/log-object.ts'

/** Dirty bytes of a file, where the journal has them. */
export interface DataRange {
  /** Path of the journal segment. Stays in place until the commit ended. */
  readonly file: string
  /** First byte in the segment file. */
  readonly position: number
  /** Bytes. Neighbouring ranges of one file are joined before they are split into blocks. */
  readonly length: number
  /** Which file they belong to: ranges join only within one. */
  readonly ino: number
  /** First byte in the file. */
  readonly offset: number
}

/** Part of a file that a block now holds. */
export interface Piece {
  readonly ino: number
  readonly offset: number
  readonly length: number
  readonly block: BlockId
}

/** A block as it lies in a finished pack. */
export interface PackedBlock {
  readonly block: BlockId
  readonly digest: Uint8Array
  readonly record: number
  readonly offset: number
  readonly storedBytes: number
  readonly plainBytes: number
  readonly compressor: number
}

/** A pack that is durable in the store, or, for an inline commit, ready to be embedded in the log. */
export interface FinishedPack {
  readonly id: Uint8Array
  readonly sizeBytes: number
  readonly blocks: readonly PackedBlock[]
  /** The pack itself, when the commit is inline; absent when it has been put. */
  readonly bytes?: Uint8Array | undefined
}

/** Answer to the question where some content goes. */
export interface Claim {
  readonly block: BlockId
  /** The caller must store the content under this block number; otherwise it is stored already. */
  readonly fresh: boolean
}

/** A block to copy, sealed, from one pack to another. */
export interface CopySource extends PackedBlock {
  /** Object that holds the source pack. */
  readonly key: string
  /** Where the source pack starts in that object. */
  readonly containerOffset: number
  /** Id of the source pack. */
  readonly pack: Uint8Array
}

/**
 * Turns the data of one commit into packs.
 *
 * An attempt that fails is given up whole with `abort`; the next attempt is a new writer, with new pack
 * ids, so that no id ever seals two contents.
 */
export interface CommitWriter {
  /** Splits, digests, deduplicates, compresses and seals. Calls may overlap. */
  store(ranges: readonly DataRange[]): Promise<Piece[]>
  /** Moves blocks to new packs under their old numbers. */
  copy(sources: readonly CopySource[]): Promise<void>
  /** Closes the packs. Resolves when all of them are durable. */
  finish(): Promise<FinishedPack[]>
  /** Drops what has not been put. Safe to call at any time, also after a failure. */
  abort(): Promise<void>
}

/** Part of the block cache's file that is to receive a block. */
export interface CacheRun {
  /** First byte in the cache file. */
  readonly position: number
  readonly length: number
}

/** One block to fetch. */
export interface FetchBlock {
  readonly record: number
  /** Where the sealed record starts in the object (not in the pack), bytes. */
  readonly offset: number
  readonly storedBytes: number
  readonly plainBytes: number
  readonly compressor: number
  /** Where in the cache file the plaintext goes, in order; without it the plaintext is returned. */
  readonly runs?: readonly CacheRun[] | undefined
}

/** Neighbouring blocks of one pack, read with one request. */
export interface FetchRequest {
  /** Object that holds the pack. */
  readonly key: string
  readonly pack: Uint8Array
  /** Covers all the blocks. */
  readonly range: ByteRange
  readonly blocks: readonly FetchBlock[]
  /** Path of the cache file, when any block has runs. */
  readonly cacheFile?: string | undefined
}

/** What became of one block of a {@link FetchRequest}. */
export type FetchOutcome =
  /** Authenticated and written to its runs; `data` is set when it had none or they could not be written. */
  | { readonly ok: true; readonly cached: boolean; readonly data?: Uint8Array | undefined }
  /** Damaged, or in a format that no plugin reads; no byte of it may be used. */
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string }

/**
 * The worker side of the file system: CPU work on data, and the backend's client.
 *
 * Implemented by a pool of threads, or by one unit in the calling thread where the backend lives in
 * memory. Values that cross are descriptors and transferred buffers.
 */
export interface Pipeline extends AsyncDisposable {
  /** The backend, reached through a pipeline thread. */
  readonly backend: ObjectBackend

  /**
   * Starts a commit.
   *
   * @param claim - asked in the core thread once for each piece of content
   * @param inline - return the one pack instead of putting it; for little data only
   */
  beginCommit(claim: (digest: Uint8Array) => Claim, inline: boolean): CommitWriter

  /** Reads blocks. Rejects only when the object cannot be read at all. */
  fetch(request: FetchRequest): Promise<FetchOutcome[]>

  /**
   * Seals a log object.
   *
   * @param changes - encoded changes; ownership passes to the pipeline
   * @param pack - the pack of an inline commit. Its place in the object is `LOG_PACK_OFFSET` of the format
   */
  sealLog(
    header: LogHeader,
    changes: Uint8Array,
    pack: Uint8Array | undefined,
  ): Promise<{ readonly object: Uint8Array; readonly packOffset: number }>

  /**
   * Compresses, seals and puts one checkpoint part; ownership of `changes` passes to the pipeline.
   *
   * @param key - made by `checkpointKey`; the part is bound to the sequence and number in it
   * @returns what the manifest says about the part
   */
  putCheckpointPart(key: string, changes: Uint8Array): Promise<CheckpointPartEntry>

  /**
   * Fetches and opens one checkpoint part.
   *
   * @param entry - what the manifest says about it
   */
  getCheckpointPart(key: string, entry?: CheckpointPartEntry): Promise<Uint8Array>
}
