import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  isDaemonAlive,
  type MountRecord,
  ownProcess,
  readMountRecord,
  removeMountRecord,
  writeMountRecord,
} from '../../../src/host/mount-record.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stratus-record-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

const record: MountRecord = {
  mountPoint: '/mnt',
  source: 'local:///a',
  fsId: 'ab',
  ...ownProcess(),
  stateDirectory: '/var/cache',
  logFile: undefined,
  sinceMs: 1,
  state: 'draining',
  backlogBytes: 5,
}

it('comes back as it was written, until it is removed', () => {
  const path = join(folder, 'mounts', 'a.json')
  writeMountRecord(path, record)
  expect(readMountRecord(path)).toEqual({ ...record, logFile: undefined })
  removeMountRecord(path)
  expect(readMountRecord(path)).toBeUndefined()
})

it('tells a living daemon from a later process with its number', () => {
  expect(isDaemonAlive(record)).toBe(true)
  expect(isDaemonAlive({ ...record, pidStart: '1' })).toBe(false)
})
