import type { Sequence } from '../../core/index.ts'
import { genesisHash } from '../../format/log-object.ts'
import {
  checkpointKey,
  packKey,
  parseCheckpointKey,
  parseLogKey,
  SUPERBLOCK_KEY,
} from '../../format/object-keys.ts'
import { verifySuperblock } from '../../format/superblock.ts'
import { readSuperblock } from '../make-file-system.ts'
import type { LogRecord } from '../recovery/history.ts'
import type { CheckedBucket } from './checked-bucket.ts'
import { checkContents } from './content-rule.ts'
import { finding } from './damage-finding.ts'
import type { Find } from './finding.ts'
import type { BucketRule } from './rule.ts'

/** Log objects read at once. */
const READ_AHEAD = 8

/** Reads commits, a few ahead, and yields what came of each. */
async function* readCommits(
  { parts }: CheckedBucket,
  sequences: readonly Sequence[],
): AsyncGenerator<readonly [Sequence, Promise<LogRecord | undefined>]> {
  const ahead: Promise<LogRecord | undefined>[] = []
  for (const [index, sequence] of sequences.entries()) {
    while (ahead.length < READ_AHEAD && index + ahead.length < sequences.length) {
      const record = parts.history.record(sequences[index + ahead.length] as Sequence)
      // A failure shows when its turn comes.
      record.catch(() => {})
      ahead.push(record)
    }
    yield [sequence, ahead.shift() as Promise<LogRecord | undefined>]
    const total = sequences.length
    parts.progress({ phase: 'checking the log', done: index + 1, total, unit: 'commits' })
  }
}

async function checkLog(bucket: CheckedBucket, find: Find): Promise<void> {
  const { identity } = bucket.parts
  const hashes = new Map<Sequence, string>([[0, genesisHash(identity.fsId)]])
  for await (const [sequence, reading] of readCommits(bucket, bucket.commits)) {
    const message = 'a commit cannot be read'
    const record = await finding(find, message, { sequence }, () => reading)
    const previous = hashes.get(sequence - 1)
    hashes.delete(sequence - 1)
    if (record === undefined) continue
    hashes.set(sequence, record.hash)
    if (previous !== undefined && record.header.previous !== previous) {
      find('a commit does not follow the one before it', { sequence })
    }
  }
  for (const gap of gaps(bucket)) {
    if (await isGap(bucket, gap)) find('commits are missing though later ones exist', gap)
  }
}

/** Commits that were not listed, from one to another. */
type Gap = { readonly first: Sequence; readonly last: Sequence }

/** Yields what is missing from the listing of the commits that recovery may need. */
function* gaps({ commits, oldestNeeded, parts: { head } }: CheckedBucket): Generator<Gap> {
  let next = oldestNeeded
  for (const sequence of [...commits.filter((sequence) => sequence >= next), head + 1]) {
    if (sequence > next) yield { first: next, last: sequence - 1 }
    next = Math.max(next, sequence + 1)
  }
}

/** Whether not all of a gap's commits can be read by name. */
async function isGap(bucket: CheckedBucket, { first, last }: Gap): Promise<boolean> {
  for (let sequence = first; sequence <= last; sequence++) {
    if (!(await bucket.has(bucket.parts.log.key(sequence)))) return true
  }
  return false
}

async function checkCheckpoint(bucket: CheckedBucket, sequence: Sequence, find: Find) {
  const { history } = bucket.parts
  const message = 'a checkpoint cannot be read'
  const manifest = await finding(find, message, { sequence }, () => history.manifest(sequence))
  for (const [part, { sizeBytes }] of manifest?.parts.entries() ?? []) {
    const key = checkpointKey(sequence, part)
    const found = bucket.sizes.get(key)
    if (found === undefined) {
      if (!(await bucket.has(key))) find('a part of a checkpoint is missing', { sequence, part })
    } else if (found !== sizeBytes) {
      const details = { sequence, part, sizeBytes, found }
      find('a part of a checkpoint has another size', details)
    }
  }
}

async function checkPacks(bucket: CheckedBucket, find: Find): Promise<void> {
  const { packs = [], log } = bucket.parts
  for (const { number, id, container, containerOffset, sizeBytes } of packs) {
    const key = container === 0 ? packKey(id) : log.key(container)
    const found = bucket.sizes.get(key)
    if (found === undefined) {
      if (!(await bucket.has(key))) find('the object of a pack is missing', { pack: number, key })
    } else if (container === 0 ? found !== sizeBytes : found < containerOffset + sizeBytes) {
      find('the object of a pack has another size', { pack: number, key, sizeBytes, found })
    }
  }
}

/** What an object would be, if anything needed it. */
function purposeOf(key: string): string {
  for (const prefix of ['pack/', 'log/', 'checkpoint/']) if (key.startsWith(prefix)) return prefix
  return 'other'
}

/** Returns what tells whether anything needs an object. */
function need(bucket: CheckedBucket): (key: string) => boolean {
  const { packs = [], log } = bucket.parts
  const used = new Set<string>([SUPERBLOCK_KEY])
  for (const { id, container } of packs)
    used.add(container === 0 ? packKey(id) : log.key(container))
  const checkpoints = new Set(bucket.checkpoints)
  return (key) => {
    if (used.has(key)) return true
    const commit = parseLogKey(key)
    if (commit !== undefined) return commit >= bucket.oldestNeeded
    const checkpoint = parseCheckpointKey(key)
    return checkpoint !== undefined && checkpoints.has(checkpoint.sequence)
  }
}

async function findGarbage(bucket: CheckedBucket, find: Find): Promise<void> {
  if (bucket.parts.packs === undefined) return
  const isNeeded = need(bucket)
  const kinds = new Map<string, { count: number; bytes: number; example: string }>()
  for (const [key, bytes] of bucket.sizes) {
    if (isNeeded(key)) continue
    const purpose = purposeOf(key)
    const kind = kinds.get(purpose) ?? { count: 0, bytes: 0, example: key }
    kinds.set(purpose, { ...kind, count: kind.count + 1, bytes: kind.bytes + bytes })
  }
  for (const [kind, figures] of kinds) {
    find('objects serve no purpose any more, or not yet', { kind, ...figures }, 'info')
  }
}

/** Every rule about objects. */
export const bucketRules: readonly BucketRule[] = [
  {
    id: 'superblock',
    sentence: 'The superblock is as somebody with the key of the file system wrote it.',
    async check({ parts: { backend, identity } }, find) {
      await finding(find, 'the superblock is damaged', {}, async () => {
        const superblock = await readSuperblock(backend)
        verifySuperblock(superblock, identity.masterKey)
        if (Buffer.compare(superblock.parameters.fsId, identity.fsId) === 0) return
        find('the superblock is that of another file system')
      })
    },
  },
  {
    id: 'log',
    sentence:
      'Every commit behind the older checkpoint is there, opens, and follows the one before.',
    check: checkLog,
  },
  {
    id: 'checkpoint',
    sentence: 'Every checkpoint opens and has all its parts, in the sizes it states.',
    async check(bucket, find) {
      for (const sequence of bucket.checkpoints) await checkCheckpoint(bucket, sequence, find)
    },
  },
  {
    id: 'pack-object',
    sentence: 'The object of every pack is there, in the size that is known of it.',
    check: checkPacks,
  },
  {
    id: 'content',
    sentence: 'Every byte of every pack and checkpoint is as it was written (with `--data` only).',
    check: checkContents,
  },
  {
    id: 'garbage',
    sentence: 'Every object serves a purpose.',
    check: findGarbage,
  },
]
