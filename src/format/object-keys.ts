import type { Sequence } from '../core/index.ts'

/** Key of the superblock. */
export const SUPERBLOCK_KEY = 'stratus-superblock'

const PACK_PREFIX = 'pack/'

export const LOG_PREFIX = 'log/'

/** What the keys of all checkpoint objects start with. */
export const CHECKPOINT_PREFIX = 'checkpoint/'

const MANIFEST_NAME = 'manifest'
const PACK_PATTERN = /^pack\/([0-9a-f]{2})\/([0-9a-f]{32})$/
const LOG_PATTERN = /^log\/([0-9a-f]{16})$/
const CHECKPOINT_PATTERN = /^checkpoint\/([0-9a-f]{16})\/(\d{8}|manifest)$/

/** Number of a checkpoint part, or the manifest that lists the parts. */
export type CheckpointMember = number | typeof MANIFEST_NAME

/**
 * Key of the pack with this id. Two digits in front spread packs over prefixes, for stores and tools that
 * are slow with many objects under one.
 */
export function packKey(id: Uint8Array): string {
  const hex = Buffer.from(id).toString('hex')
  return `${PACK_PREFIX}${hex.slice(0, 2)}/${hex}`
}

/** Returns the id of the pack under `key`, or undefined when no pack has such a key. */
export function parsePackKey(key: string): Uint8Array | undefined {
  const [, first, hex] = PACK_PATTERN.exec(key) ?? []
  if (hex === undefined || hex.slice(0, 2) !== first) return undefined
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

/** Key of the log object of a commit; keys sort like their sequences. */
export function logKey(sequence: Sequence): string {
  return `${LOG_PREFIX}${sequenceHex(sequence)}`
}

/** Returns the sequence of the log object under `key`, or undefined when no log object has such a key. */
export function parseLogKey(key: string): Sequence | undefined {
  return parseSequence(LOG_PATTERN.exec(key)?.[1])
}

/** Key of a checkpoint object. */
export function checkpointKey(sequence: Sequence, member: CheckpointMember): string {
  const name = member === MANIFEST_NAME ? member : String(member).padStart(8, '0')
  return `${CHECKPOINT_PREFIX}${sequenceHex(sequence)}/${name}`
}

/** Returns what the checkpoint object under `key` is, or undefined when none has such a key. */
export function parseCheckpointKey(
  key: string,
): { readonly sequence: Sequence; readonly member: CheckpointMember } | undefined {
  const [, hex, name] = CHECKPOINT_PATTERN.exec(key) ?? []
  const sequence = parseSequence(hex)
  if (sequence === undefined) return undefined
  return { sequence, member: name === MANIFEST_NAME ? MANIFEST_NAME : Number(name) }
}

function sequenceHex(sequence: Sequence): string {
  return sequence.toString(16).padStart(16, '0')
}

function parseSequence(hex: string | undefined): Sequence | undefined {
  const sequence = hex === undefined ? Number.NaN : Number.parseInt(hex, 16)
  return Number.isSafeInteger(sequence) ? sequence : undefined
}
