import type { Sequence } from '../../core/index.ts'

/** The newest commit this session knows. */
export interface Head {
  readonly sequence: Sequence
  /** SHA-256 of its log object, hexadecimal. */
  readonly hash: string
}

/** What the log has grown by since the newest checkpoint. */
export interface LogGrowth {
  /** Commit of the newest checkpoint; 0 when there is none. */
  checkpoint: Sequence
  /** Size of that checkpoint, bytes. */
  checkpointBytes: number
  /** Sizes of the log objects behind it, bytes. */
  logBytes: number
}
