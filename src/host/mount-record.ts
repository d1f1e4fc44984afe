import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ErrorCode } from '../core/index.ts'
import { isSameProcess, processStart } from './process-identity.ts'
import { runtimeRoot } from './state-root.ts'

/** What became of a mount. */
export type MountState =
  /** Its mount point is served. */
  | 'mounted'
  /** The mount point is gone; the daemon puts what is left into the bucket. */
  | 'draining'
  /** Everything is in the bucket. */
  | 'ended'
  /** The daemon gave up; what was acknowledged is in the journal. */
  | 'failed'

/**
 * What a daemon says about its mount to programs that cannot ask it, because the mount point is gone.
 *
 * One JSON file for each mount point, rewritten while the daemon drains.
 */
export interface MountRecord {
  readonly mountPoint: string
  readonly source: string
  /** Hexadecimal. */
  readonly fsId: string
  readonly pid: number
  /** Start of the process in clock ticks since boot: tells it from a later one with the same pid. */
  readonly pidStart: string
  readonly stateDirectory: string
  readonly logFile: string | undefined
  readonly sinceMs: number
  readonly state: MountState
  /** Bytes that are not in the bucket yet. */
  readonly backlogBytes: number
  readonly failure?: { readonly code: ErrorCode | undefined; readonly message: string } | undefined
}

/** Path of the record of whatever is or was mounted at `mountPoint` by this user. */
export function mountRecordPath(mountPoint: string): string {
  const name = createHash('sha256').update(mountPoint).digest('hex').slice(0, 16)
  return join(runtimeRoot(), 'mounts', `${name}.json`)
}

/** Returns a record, or `undefined` when there is none. */
export function readMountRecord(path: string): MountRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as MountRecord
  } catch {
    return undefined
  }
}

/** Writes a record in one step, so that no reader sees half of it. */
export function writeMountRecord(path: string, record: MountRecord): void {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, JSON.stringify(record), { mode: 0o600 })
  renameSync(draft, path)
}

/** Removes a record. */
export function removeMountRecord(path: string): void {
  rmSync(path, { force: true })
}

/** Whether the daemon of a record is still there. */
export function isDaemonAlive(record: MountRecord): boolean {
  return isSameProcess(record.pid, record.pidStart)
}

/** The fields of a record that name this process. */
export function ownProcess(): Pick<MountRecord, 'pid' | 'pidStart'> {
  return { pid: process.pid, pidStart: processStart(process.pid) ?? '' }
}
