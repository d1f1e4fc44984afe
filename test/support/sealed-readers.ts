import { openLogObject } from '../../src/format/log-object.ts'
import { PackOpener, readPackIndex } from '../../src/format/pack.ts'
import type { SealingContext } from '../../src/format/sealing.ts'

/** Reads everything in a pack. */
export function readPack(context: SealingContext, bytes: Uint8Array): Uint8Array[] {
  const { id, blocks } = readPackIndex(context, bytes)
  const opener = new PackOpener(context, id)
  return blocks.map(({ record, offset, storedBytes }) =>
    opener.open(record, bytes.subarray(offset, offset + storedBytes)),
  )
}

/** Reads everything in a log object. */
export function readLog(context: SealingContext, bytes: Uint8Array) {
  const log = openLogObject(context, bytes, 1)
  const { packOffset = 0, packLength = 0 } = log
  const blocks = readPack(context, bytes.subarray(packOffset, packOffset + packLength))
  return { ...log, blocks }
}
