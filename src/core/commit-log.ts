import { type Token, token } from './token.ts'
import type { Sequence } from './units.ts'

/**
 * The totally ordered log of commits. It is the file system; all else is a view of it.
 *
 * - **Gapless.** Record N is created only by a writer that has read record N - 1; the engine never skips.
 * - **Exclusive.** Of several writers of one sequence number exactly one wins; the others learn it.
 *   [CL-01, CL-02]
 * - **Idempotent.** Appending the very bytes that already stand under the number succeeds: the answer of
 *   an earlier attempt was lost. [CL-03]
 * - **Durable.** When `append` resolves, the record survives the loss of this machine.
 */
export interface CommitLog {
  /**
   * Creates record `sequence`.
   *
   * @param record - sealed bytes, borrowed until the promise settles
   * @throws StratusError `FENCED` when another writer's record holds the number
   */
  append(sequence: Sequence, record: Uint8Array): Promise<void>

  /** Returns record `sequence`, or `undefined` when there is none. Sees every record whose append resolved. */
  read(sequence: Sequence): Promise<Uint8Array | undefined>

  /** Tells whether record `sequence` exists, without reading it whole. [CL-05] */
  has(sequence: Sequence): Promise<boolean>

  /** Removes the records up to and including `sequence`. Records that are absent are ignored. [CL-04] */
  truncate(sequence: Sequence): Promise<void>

  /** Name of the object that holds record `sequence`: packs of small commits are read from inside it. */
  key(sequence: Sequence): string
}

/** Token of the contract {@link CommitLog}. */
export const CommitLog: Token<CommitLog> = token('CommitLog')
