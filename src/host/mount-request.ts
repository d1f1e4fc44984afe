import type { ConfigRequest } from './config/resolve-config.ts'

/** A mount as the command line asks for it: plain data, so that it can be sent to the daemon. */
export interface MountRequest extends ConfigRequest {
  /** Where to mount; without it the configuration has to say. */
  readonly mountPoint: string | undefined
  readonly force: boolean
  readonly acceptRollback: boolean
  /** Nobody sees standard error: the log goes to a file. */
  readonly background: boolean
}

/** A step of something that takes long. */
export interface Progress {
  /** What is being done, such as `reading the log`. */
  readonly phase: string
  readonly done: number
  /** 0 when nobody knows. */
  readonly total: number
  /** What is counted: `bytes`, `commits`, `objects`. */
  readonly unit: string
}

/** The one who asked for the mount and waits for it. */
export interface MountRequester {
  askPassphrase(question: string): Promise<Uint8Array>
  progress(step: Progress): void
  /** Something worth knowing that is no failure. */
  notice(message: string): void
}

/** What the requester learns once the mount point is served. */
export interface MountedReport {
  readonly mountPoint: string
  readonly source: string
  readonly pid: number
  readonly logFile: string | undefined
}
