import type { Cipher, RowChange } from '../../src/core/index.ts'
import { ChangeWriter } from '../../src/format/changes.ts'
import { sealCheckpointManifest, sealCheckpointPart } from '../../src/format/checkpoint.ts'
import { deriveDigestKey, digest } from '../../src/format/keys.ts'
import { genesisHash, sealLogObject } from '../../src/format/log-object.ts'
import { PackBuilder } from '../../src/format/pack.ts'
import type { SealingContext } from '../../src/format/sealing.ts'
import { Aes256Gcm } from '../../src/plugins/cipher-aes-256-gcm/aes-256-gcm.ts'

/** Returns `count` bytes that count up from `first`. */
export function countingBytes(count: number, first: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => first + index)
}

/** Master key of all samples and of the vectors in docs/format. */
export const sampleMasterKey = countingBytes(32, 0x00)

/** File-system id of all samples and of the vectors in docs/format. */
export const sampleFsId = countingBytes(16, 0xa0)

/** Returns what seals the samples. */
export function sampleContext(cipher: Cipher = new Aes256Gcm()): SealingContext {
  return { fsId: sampleFsId, masterKey: sampleMasterKey, cipher }
}

/** A change of every kind that a log object may hold. */
export const sampleChanges: readonly RowChange[] = [
  {
    kind: 'inode',
    row: {
      ino: 2,
      mode: 0o100644,
      uid: 1000,
      gid: 100,
      nlink: 1,
      rdev: 0,
      size: 5,
      atimeSec: 1_700_000_000,
      atimeNsec: 1,
      mtimeSec: -1,
      mtimeNsec: 999_999_999,
      ctimeSec: 1_700_000_000,
      ctimeNsec: 2,
      btimeSec: 0,
      btimeNsec: 0,
      parent: 0,
      target: '',
    },
  },
  { kind: 'inodeDelete', ino: 3 },
  { kind: 'dentry', parent: 1, name: 'gr\u00fc\u00dfe', ino: 2 },
  { kind: 'dentryDelete', parent: 1, name: 'old' },
  { kind: 'xattr', row: { ino: 2, name: 'user.k', value: Uint8Array.of(0, 255) } },
  { kind: 'xattrDelete', ino: 2, name: 'user.gone' },
  { kind: 'extent', row: { ino: 2, offset: 0, length: 5, block: 7, blockOffset: 0 } },
  { kind: 'extentClear', ino: 2, offset: 5, length: Number.MAX_SAFE_INTEGER },
  {
    kind: 'block',
    row: {
      id: 7,
      digest: countingBytes(32, 0x40),
      pack: 4,
      record: 0,
      offset: 32,
      storedBytes: 21,
      plainBytes: 5,
      compressor: 0,
    },
  },
  { kind: 'blockDelete', id: 6 },
  {
    kind: 'pack',
    row: {
      number: 4,
      id: countingBytes(16, 0x10),
      container: 1,
      containerOffset: 32,
      sizeBytes: 154,
    },
  },
  { kind: 'packDelete', number: 3 },
  {
    kind: 'session',
    row: {
      id: '00112233445566778899aabbccddeeff',
      host: 'anna',
      machine: 'boot-1',
      pid: 42,
      sinceMs: 1_700_000_000_123,
      open: true,
    },
  },
]

/** Returns changes in their encoded form. */
export function encodeChanges(changes: readonly RowChange[]): Uint8Array {
  const writer = new ChangeWriter()
  for (const change of changes) writer.put(change)
  return writer.take()
}

/** Returns a pack with these blocks, each stored as it is. */
export function samplePack(
  context: SealingContext,
  plains: readonly Uint8Array[],
  options: { id?: Uint8Array; pad?: boolean } = {},
): Uint8Array {
  const builder = new PackBuilder({
    ...context,
    id: options.id ?? countingBytes(16, 0x10),
    capacityBytes: 1024 * 1024,
  })
  const digestKey = deriveDigestKey(context.masterKey)
  for (const plain of plains) {
    const content = { digest: digest(digestKey, plain), plainBytes: plain.length }
    builder.add(plain, { ...content, compressor: 0 })
  }
  return builder.finish(options.pad ?? true)
}

/** Returns the log object of commit 1, with a pack in it. */
export function sampleLog(context: SealingContext): Uint8Array {
  return sealLogObject(context, {
    id: countingBytes(16, 0x20),
    header: {
      sequence: 1,
      previous: genesisHash(sampleFsId),
      session: '00112233445566778899aabbccddeeff',
      journal: 'ffeeddccbbaa99887766554433221100',
      journalPosition: 4711,
      committedMs: 1_700_000_001_000,
    },
    changes: encodeChanges(sampleChanges),
    pack: samplePack(context, [Buffer.from('hello')], { pad: false }),
  })
}

/** Returns part 0 of the checkpoint at commit 1, and its manifest. */
export function sampleCheckpoint(context: SealingContext) {
  const { object: part, entry } = sealCheckpointPart(context, {
    id: countingBytes(16, 0x30),
    sequence: 1,
    part: 0,
    changes: encodeChanges(sampleChanges),
  })
  const manifest = sealCheckpointManifest(context, countingBytes(16, 0x31), {
    sequence: 1,
    hash: genesisHash(sampleFsId),
    createdMs: 1_700_000_002_000,
    parts: [entry],
  })
  return { part, entry, manifest }
}
