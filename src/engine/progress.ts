/** How far a long step has come. */
interface Progress {
  readonly phase: string
  readonly done: number
  /** 0 when it is not known. */
  readonly total: number
  readonly unit: 'bytes' | 'objects' | 'commits' | 'parts' | 'rows' | 'files'
}

/** Told about progress, any number of times. */
export type ProgressListener = (progress: Progress) => void
