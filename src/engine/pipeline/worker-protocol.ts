/** Messages between the core thread and the pipeline threads. */
import type { ByteRange, ObjectBackendCapabilities, ObjectEntry } from '../../core/index.ts'
import type { CheckpointPartEntry } from '../../format/checkpoint.ts'
import type { PackTable, RangeTable, SourceTable } from './descriptor-codec.ts'
import type { FetchOutcome, FetchRequest, LogHeader } from './pipeline.ts'
import type { RemoteError } from './remote-error.ts'
import type { MessageTarget } from './transfer.ts'

/** What the core thread can ask for: names, arguments and answers. */
export interface PipelineCalls {
  describe(): ObjectBackendCapabilities
  put(key: string, body: Uint8Array, ifAbsent: boolean): undefined
  get(key: string, range: ByteRange | undefined): Uint8Array
  delete(key: string): undefined
  /** Starts a listing under a number of the caller's choice. */
  listOpen(list: number, prefix: string): undefined
  /** The next entries; none at the end. */
  listNext(list: number): ObjectEntry[]
  listClose(list: number): undefined
  fetch(request: FetchRequest): FetchOutcome[]
  /** Starts a commit under a number of the caller's choice. */
  commitBegin(commit: number, inline: boolean): undefined
  commitStore(commit: number, ranges: RangeTable): Float64Array
  commitCopy(commit: number, sources: SourceTable): undefined
  commitFinish(commit: number): PackTable[]
  commitAbort(commit: number): undefined
  sealLog(
    header: LogHeader,
    changes: Uint8Array,
    pack: Uint8Array | undefined,
  ): { readonly object: Uint8Array; readonly packOffset: number }
  putCheckpointPart(key: string, changes: Uint8Array): CheckpointPartEntry
  getCheckpointPart(key: string, entry: CheckpointPartEntry | undefined): Uint8Array
  /** Ends the unit. Nothing may be asked afterwards. */
  dispose(): undefined
}

/** Name of a call. */
export type CallName = keyof PipelineCalls

/** Message to a pipeline thread. */
export type ToWorker =
  | {
      readonly type: 'call'
      readonly id: number
      readonly name: CallName
      readonly args: readonly unknown[]
    }
  /** The answer to the call is not wanted any more. */
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'claimed'; readonly id: number; readonly claims: Float64Array }
  | { readonly type: 'claimFailed'; readonly id: number; readonly error: RemoteError }

/** Message from a pipeline thread. */
export type FromWorker =
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: RemoteError }
  /** Asks where the content of a commit goes. */
  | {
      readonly type: 'claim'
      readonly id: number
      readonly commit: number
      readonly digests: Uint8Array
    }
  /** The thread cannot serve at all. */
  | { readonly type: 'failed'; readonly error: RemoteError }

/** The end of a channel that a pipeline thread holds, such as `parentPort`. */
export interface PipelinePort extends MessageTarget {
  on(event: 'message', listener: (message: unknown) => void): unknown
  close(): void
}

/** A pipeline thread as the core thread sees it, such as a `Worker`. */
export interface PipelineThread extends MessageTarget {
  on(
    event: 'message' | 'messageerror' | 'error' | 'exit',
    listener: (value: unknown) => void,
  ): unknown
  terminate(): Promise<unknown>
}
