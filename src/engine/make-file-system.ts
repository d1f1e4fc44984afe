/** Making and finding file systems in a bucket. */
import { type Clock, type ObjectBackend, type Random, StratusError } from '../core/index.ts'
import type { ScryptCost } from '../format/key-slot.ts'
import { SUPERBLOCK_KEY } from '../format/object-keys.ts'
import { FS_ID_BYTES } from '../format/sealing.ts'
import {
  CIPHER_NONE,
  createSuperblock,
  decodeSuperblock,
  FORMAT_VERSION,
  type JsonValue,
  type Superblock,
} from '../format/superblock.ts'

/** What a new file system is to be. */
export interface MakeRequest {
  readonly label: string
  /** Format id of the cipher; 0 for a file system that is not encrypted. */
  readonly cipher: number
  /** Absent exactly when the file system is not encrypted. */
  readonly passphrase?: Uint8Array | undefined
  readonly splitter: { readonly id: string; readonly options: JsonValue }
  readonly rootUid: number
  readonly rootGid: number
  readonly rootMode: number
  readonly scryptCost?: ScryptCost | undefined
}

/**
 * Makes a file system: one object, created only if there is none.
 *
 * @throws StratusError `FILE_SYSTEM_EXISTS`
 */
export async function makeFileSystem(
  backend: ObjectBackend,
  request: MakeRequest,
  services: { readonly clock: Clock; readonly random: Random },
): Promise<{ readonly fsId: Uint8Array; readonly masterKey: Uint8Array }> {
  const { label, cipher, splitter, rootUid, rootGid, rootMode } = request
  const fsId = services.random.bytes(FS_ID_BYTES)
  const createdMs = services.clock.nowMs()
  const root = { rootUid, rootGid, rootMode }
  const parameters = { fsId, createdMs, label, cipher, splitter, ...root }
  const { bytes, masterKey } = createSuperblock(
    { ...parameters, formatVersion: FORMAT_VERSION },
    cipher === CIPHER_NONE ? undefined : request.passphrase,
    (count) => services.random.bytes(count),
    request.scryptCost,
  )
  try {
    await backend.put(SUPERBLOCK_KEY, bytes, { ifAbsent: true })
  } catch (cause) {
    if (!(cause instanceof StratusError) || cause.code !== 'OBJECT_EXISTS') throw cause
    throw new StratusError('FILE_SYSTEM_EXISTS', 'there is a file system already', { cause })
  }
  return { fsId, masterKey }
}

/**
 * Reads the superblock.
 *
 * @throws StratusError `FILE_SYSTEM_NOT_FOUND`, `DATA_CORRUPT`, `FORMAT_UNSUPPORTED`
 */
export async function readSuperblock(backend: ObjectBackend): Promise<Superblock> {
  let bytes: Uint8Array
  try {
    bytes = await backend.get(SUPERBLOCK_KEY)
  } catch (cause) {
    if (!(cause instanceof StratusError) || cause.code !== 'OBJECT_NOT_FOUND') throw cause
    throw new StratusError('FILE_SYSTEM_NOT_FOUND', 'there is no Stratus file system here', {
      cause,
    })
  }
  return decodeSuperblock(bytes)
}
