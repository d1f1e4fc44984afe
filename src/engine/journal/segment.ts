/** One file of the journal. */
export interface JournalSegment {
  readonly file: string
  /** Open for reading and writing while the segment is in use. */
  readonly fd: number
  /** Journal position of the first byte behind the file's header. */
  readonly base: number
}
