/** Whether objects hold, byte by byte, what was written: reads all of them. */
import type { PackRow } from '../../core/index.ts'
import { openCheckpointPart } from '../../format/checkpoint.ts'
import { checkpointKey, packKey } from '../../format/object-keys.ts'
import { PackOpener, readPackIndex } from '../../format/pack.ts'
import type { CheckedBucket } from './checked-bucket.ts'
import { finding } from './damage-finding.ts'
import type { Find } from './finding.ts'

/** Opens everything in a pack: header, index with its padding, trailer, and each block. */
async function readPack({ parts }: CheckedBucket, pack: PackRow): Promise<void> {
  const { backend, log, sealing } = parts
  const { id, container, containerOffset: offset, sizeBytes: length } = pack
  const key = container === 0 ? packKey(id) : log.key(container)
  const bytes = await backend.get(key, { range: { offset, length } })
  const opener = new PackOpener(sealing, id)
  for (const block of readPackIndex(sealing, bytes, id).blocks) {
    opener.open(block.record, bytes.subarray(block.offset, block.offset + block.storedBytes))
  }
}

async function checkPacks(bucket: CheckedBucket, find: Find): Promise<void> {
  const { packs = [], progress } = bucket.parts
  const total = packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  let done = 0
  for (const pack of packs) {
    const details = { pack: pack.number }
    await finding(find, 'a pack is damaged', details, () => readPack(bucket, pack))
    done += pack.sizeBytes
    progress({ phase: 'reading the packs', done, total, unit: 'bytes' })
  }
}

async function checkCheckpoints(bucket: CheckedBucket, find: Find): Promise<void> {
  const { backend, history, sealing } = bucket.parts
  for (const sequence of bucket.checkpoints) {
    const message = 'a checkpoint cannot be read'
    const manifest = await finding(find, message, { sequence }, () => history.manifest(sequence))
    for (const [part, entry] of manifest?.parts.entries() ?? []) {
      await finding(find, 'a part of a checkpoint is damaged', { sequence, part }, async () => {
        const bytes = await backend.get(checkpointKey(sequence, part))
        openCheckpointPart(sealing, bytes, { sequence, part, entry })
      })
    }
  }
}

/** Every byte of every pack and checkpoint. The log and the superblock have rules of their own. */
export async function checkContents(bucket: CheckedBucket, find: Find): Promise<void> {
  if (!bucket.parts.data) return
  await checkPacks(bucket, find)
  await checkCheckpoints(bucket, find)
}
