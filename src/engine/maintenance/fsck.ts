/**
 * Checks a file system: builds its view from the bucket alone, and holds view and bucket against rules.
 *
 * Nothing is changed and nothing is repaired: every state of the bucket is one that a commit made whole, so
 * what the rules find is damage, and the remedy is to bring back the objects that were lost, or to go back
 * to what is left. The contents of packs are read only on request.
 */
import { join } from 'node:path'
import type {
  Cipher,
  Clock,
  CommitLog,
  DedupIndex,
  Logger,
  MetadataStore,
  PackRow,
  Sequence,
  StratusError,
  ViewTotals,
} from '../../core/index.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { ProgressListener } from '../progress.ts'
import { History } from '../recovery/history.ts'
import { recover } from '../recovery/recover.ts'
import type { FileSystemIdentity } from '../tokens.ts'
import { bucketRules } from './bucket-rules.ts'
import { checkView, viewRules } from './check-view.ts'
import { CheckedBucket } from './checked-bucket.ts'
import { isDamage } from './damage-finding.ts'
import { type Finding, Findings } from './finding.ts'
import { findLocalJournals, LOCAL_JOURNAL_RULE } from './local-journals.ts'

/** What a check works with. */
export interface CheckParts {
  /** An empty view of the check's own, in a temporary place. Holds the bucket's view afterwards. */
  readonly store: MetadataStore
  /** The index over `store`. */
  readonly dedup: DedupIndex
  readonly pipeline: Pipeline
  readonly log: CommitLog
  readonly cipher: Cipher
  readonly identity: FileSystemIdentity
  readonly clock: Clock
  readonly logger: Logger
  /** An existing folder of the check's own, empty; deleted by the caller. */
  readonly scratchDirectory: string
  /** Local state of this machine, which is only looked at; undefined to leave it out. */
  readonly stateDirectory?: string | undefined
  /** Read all packs and checkpoints too, byte by byte. */
  readonly data?: boolean | undefined
  readonly progress?: ProgressListener | undefined
}

/** What a check found; plain JSON. */
export interface CheckReport {
  readonly findings: readonly Finding[]
  /** Findings that say that something is wrong, those that are not listed included. */
  readonly errors: number
  /** Commit whose view was checked; 0 when there is none. */
  readonly sequence: Sequence
  /** Totals of the view; undefined when it could not be built. */
  readonly totals: ViewTotals | undefined
  /** Objects in the bucket. */
  readonly objects: number
}

/** Id of the rule that the view can be built. */
const VIEW_RULE = 'view'

/** Every rule with its id, for lists and documents. */
export const checkRules: readonly { readonly id: string; readonly sentence: string }[] = [
  { id: VIEW_RULE, sentence: 'The newest checkpoint and the log behind it give a view.' },
  ...viewRules,
  ...bucketRules,
  { id: LOCAL_JOURNAL_RULE, sentence: 'This machine has no changes that the bucket lacks.' },
].map(({ id, sentence }) => ({ id, sentence }))

/** Builds the view from the bucket; returns the commit it stands at, or what is in the way. */
async function buildView(
  parts: CheckParts,
  history: History,
  progress: ProgressListener,
): Promise<Sequence | StratusError> {
  const { store, dedup, pipeline, identity, clock, logger, scratchDirectory } = parts
  try {
    const { head } = await recover({
      store,
      dedup,
      history,
      pipeline,
      identity,
      journalDirectory: join(scratchDirectory, 'journal'),
      clock,
      logger,
      force: false,
      acceptRollback: false,
      progress,
    })
    return head.sequence
  } catch (cause) {
    if (isDamage(cause)) return cause
    throw cause
  }
}

/**
 * Checks a file system that nobody writes to meanwhile. See the module comment.
 *
 * @throws StratusError when the store cannot be reached
 */
export async function checkFileSystem(parts: CheckParts): Promise<CheckReport> {
  const { store, pipeline, log, identity, cipher, stateDirectory } = parts
  const { fsId, masterKey } = identity
  const progress = parts.progress ?? (() => {})
  const { backend } = pipeline
  const sealing = { fsId, masterKey, cipher }
  const history = new History(backend, log, sealing)
  const findings = new Findings()

  const built = await buildView(parts, history, progress)
  const head = typeof built === 'number' ? built : 0
  let packs: readonly PackRow[] | undefined
  if (typeof built === 'number') {
    await checkView(store, findings, progress)
    packs = store.packs()
  } else {
    const { code, message: reason, details } = built
    const message = 'the view cannot be built: no mount is possible, and rows are not checked'
    findings.of(VIEW_RULE)(message, { ...details, code, reason })
  }
  const bucket = await CheckedBucket.list({
    backend,
    log,
    history,
    identity,
    sealing,
    data: parts.data === true,
    progress,
    packs,
    head,
  })
  for (const rule of bucketRules) await rule.check(bucket, findings.of(rule.id))
  if (stateDirectory !== undefined) {
    const find = findings.of(LOCAL_JOURNAL_RULE)
    await findLocalJournals(stateDirectory, history, bucket.commits, find)
  }
  return {
    findings: findings.all,
    errors: findings.errors,
    sequence: head,
    totals: packs === undefined ? undefined : store.totals(),
    objects: bucket.sizes.size,
  }
}
