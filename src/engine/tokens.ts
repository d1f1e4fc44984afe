import { type Token, token } from '../core/index.ts'
import type { CheckpointLimits } from './commit/checkpoint-writer.ts'
import type { Pipeline as PipelineContract } from './pipeline/pipeline.ts'

/** What identifies one file system; from its superblock. */
export interface FileSystemIdentity {
  /** 16 bytes. */
  readonly fsId: Uint8Array
  /** 32 bytes. */
  readonly masterKey: Uint8Array
  /** When `mkfs` made it, milliseconds since 1970. */
  readonly createdMs: number
  readonly rootUid: number
  readonly rootGid: number
  /** Permission bits of the root directory at birth. */
  readonly rootMode: number
}

/** Token of {@link FileSystemIdentity}. */
export const FileSystemIdentity: Token<FileSystemIdentity> = token('FileSystemIdentity')

/** Settings of one mount. */
export interface FileSystemSettings {
  /** Folder for journal, cache file and view; exists and is locked by the caller. */
  readonly stateDirectory: string
  /** Most bytes of file data kept locally: half for clean blocks, half for data not yet committed. */
  readonly cacheBytes: number
  /** Longest time between a change and the start of its commit, milliseconds. */
  readonly commitIntervalMs: number
  /** What `fsync` waits for: the journal on the local disk, or the commit. */
  readonly fsync: 'journal' | 'cloud'
  readonly readOnly: boolean
  /** Take over from a session that may still live elsewhere, and leave diverged local changes behind. */
  readonly force: boolean
  /** Accept a bucket that is older than what this machine has seen. */
  readonly acceptRollback: boolean
  /** Name of this machine, for messages. */
  readonly host: string
  /** Identifies machine, boot and pid namespace. */
  readonly machine: string
  readonly pid: number
  /** How long packs that nothing refers to any more are kept, milliseconds. */
  readonly retentionMs: number
  /** When checkpoints are made; mounts leave it to the engine. */
  readonly checkpoint?: CheckpointLimits | undefined
  /** Size at which a new segment of the journal begins, bytes; mounts leave it to the engine. */
  readonly segmentBytes?: number | undefined
}

/** Token of {@link FileSystemSettings}. */
export const FileSystemSettings: Token<FileSystemSettings> = token('FileSystemSettings')

/** The pipeline of one file system. */
export type Pipeline = PipelineContract

/** Token of {@link Pipeline}. */
export const Pipeline: Token<PipelineContract> = token('Pipeline')
