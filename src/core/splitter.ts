import { type Token, token } from './token.ts'

/**
 * Cuts file data into blocks.
 *
 * - **Complete.** The pieces join to the input. [SP-01]
 * - **Bounded.** No piece is empty or longer than `blockBytesMax`. [SP-02]
 * - **Deterministic.** Equal input at equal offsets gives equal cuts, in every thread, with every
 *   instance made from the same options. [SP-03]
 *
 * Called in pipeline threads, never in the core thread.
 */
export interface Splitter {
  /** Longest piece, bytes. */
  readonly blockBytesMax: number

  /**
   * Returns the lengths of the pieces of `data`, in order.
   *
   * @param data - a dirty range of one file; borrowed for the call
   * @param fileOffset - where the range starts in its file, bytes
   */
  split(data: Uint8Array, fileOffset: number): number[]
}

/** Token of the contract {@link Splitter}. */
export const Splitter: Token<Splitter> = token('Splitter')
