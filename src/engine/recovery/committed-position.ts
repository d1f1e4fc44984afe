import { type ObjectBackend, type Sequence, StratusError } from '../../core/index.ts'
import { LOG_PREFIX, parseLogKey } from '../../format/object-keys.ts'
import type { History } from './history.ts'

/** How much of a journal the bucket holds. */
export interface CommittedJournal {
  /** The journal's newest commit; 0 when the log has none of it. */
  readonly sequence: Sequence
  /** Hash of that commit. */
  readonly hash: string
  /** Journal position that this commit covers; 0 with it. */
  readonly position: number
}

/** Lists the commits that the log still has, in order. */
export async function listCommits(backend: ObjectBackend): Promise<Sequence[]> {
  const commits: Sequence[] = []
  for await (const { key } of backend.list(LOG_PREFIX)) {
    const sequence = parseLogKey(key)
    if (sequence !== undefined) commits.push(sequence)
  }
  return commits.sort((a, b) => a - b)
}

/**
 * Looks for the newest commit that was made from a journal. Commits that cannot be read are passed over.
 *
 * @param commits - those that the log still has, in order
 * @param journal - id of the journal, hexadecimal
 */
export async function committedOf(
  history: History,
  commits: readonly Sequence[],
  journal: string,
): Promise<CommittedJournal> {
  for (const sequence of commits.toReversed()) {
    const record = await history.record(sequence).catch((cause: unknown) => {
      if (cause instanceof StratusError && cause.kind === 'corrupt') return undefined
      throw cause
    })
    if (record?.header.journal !== journal) continue
    return { sequence, hash: record.hash, position: record.header.journalPosition }
  }
  return { sequence: 0, hash: '', position: 0 }
}
