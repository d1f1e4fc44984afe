import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Sequence } from '../../core/index.ts'
import { inspectJournal } from '../journal/inspect.ts'
import { committedOf } from '../recovery/committed-position.ts'
import type { History } from '../recovery/history.ts'
import type { Find } from './finding.ts'

/** Id of the rule about what only this machine has. */
export const LOCAL_JOURNAL_RULE = 'local-journal'

/** Names of the folders in which journals are: the one in use, and those left behind. */
const JOURNAL_FOLDER = /^journal($|-left-behind-)/

/** Folders of a state directory that hold journals. The one in use comes first. */
export function journalFolders(stateDirectory: string): string[] {
  if (!existsSync(stateDirectory)) return []
  const names = readdirSync(stateDirectory).filter((name) => JOURNAL_FOLDER.test(name))
  return names.sort().map((name) => join(stateDirectory, name))
}

/** Tells of changes that this machine acknowledged and the bucket lacks. */
export async function findLocalJournals(
  stateDirectory: string,
  history: History,
  commits: readonly Sequence[],
  find: Find,
): Promise<void> {
  for (const folder of journalFolders(stateDirectory)) {
    using journal = inspectJournal(folder)
    if (journal === undefined) continue
    for (const file of journal.damaged) find('a file of the local journal is damaged', { file })
    const id = Buffer.from(journal.id).toString('hex')
    const { position } = await committedOf(history, commits, id)
    const records = journal.records.filter((record) => record.position >= position)
    const first = records[0]
    if (first === undefined) continue
    find(
      'this machine has changes that the bucket lacks: mount to commit them, or bring them out with recover',
      { folder, records: records.length, bytes: journal.end - first.position },
      'info',
    )
  }
}
