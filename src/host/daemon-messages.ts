import type { ErrorCode, ErrorDetails } from '../core/index.ts'
import type { MountedReport, MountRequest, Progress } from './mount-request.ts'

/** From the command to the daemon it started. */
export type ToDaemon =
  | { readonly kind: 'mount'; readonly request: MountRequest }
  | { readonly kind: 'passphrase'; readonly base64: string }
  | { readonly kind: 'noPassphrase'; readonly message: string }

/** From the daemon to the command, until the mount point is served. */
export type FromDaemon =
  | { readonly kind: 'ask'; readonly question: string }
  | { readonly kind: 'progress'; readonly step: Progress }
  | { readonly kind: 'notice'; readonly message: string }
  | { readonly kind: 'mounted'; readonly report: MountedReport }
  | { readonly kind: 'failed'; readonly failure: SentFailure }

/** A failure that crosses from one process to another. */
export interface SentFailure {
  readonly code: ErrorCode | undefined
  readonly message: string
  readonly details: ErrorDetails
  readonly stack: string | undefined
}
