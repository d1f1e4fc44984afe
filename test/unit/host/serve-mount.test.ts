import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createFileSystem } from '../../../src/host/create-file-system.ts'
import { mountRecordPath, readMountRecord } from '../../../src/host/mount-record.ts'
import type { MountRequest, MountRequester } from '../../../src/host/mount-request.ts'
import { PipelineThreads } from '../../../src/host/pipeline-threads.ts'
import { serveMount } from '../../../src/host/serve-mount.ts'

// The whole composition in one process: store and frontend in memory, so no thread and no kernel.

let folder: string
let target: string
let stores = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stratus-serve-'))
  mkdirSync(join(folder, 'mnt'))
  target = `memory://serve-mount-${stores++}`
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

const passphrase = () => new TextEncoder().encode('correct horse')

function requester(): MountRequester {
  return {
    askPassphrase: vi.fn(async () => passphrase()),
    progress: vi.fn(),
    notice: vi.fn(),
  }
}

function request(): MountRequest {
  return {
    target,
    mountPoint: join(folder, 'mnt'),
    flags: { frontend: 'memory', cache: { path: join(folder, 'cache'), size: '64MiB' } },
    flagNames: {},
    configPath: undefined,
    force: false,
    acceptRollback: false,
    background: true,
  }
}

async function make(): Promise<void> {
  const wanted = { label: 'test', plain: false, blockSize: '64KiB', scryptLogN: 10 }
  const { flags, flagNames, configPath } = request()
  await createFileSystem({ target, flags, flagNames, configPath, ...wanted }, async () =>
    passphrase(),
  )
}

it('serves until it is stopped, and says so in its record', async () => {
  await make()
  const asked = requester()
  const mount = await serveMount(request(), asked, new PipelineThreads(0))
  expect(asked.askPassphrase).toHaveBeenCalledWith(`Passphrase for ${target}`)
  const { mountPoint } = mount.report
  const path = mountRecordPath(mountPoint)
  expect(readMountRecord(path)).toMatchObject({ mountPoint, state: 'mounted', pid: process.pid })
  await mount.stop()
  await mount.finished
  expect(readMountRecord(path)).toMatchObject({ state: 'ended', backlogBytes: 0 })
  rmSync(path)
})

it('takes everything down again when a step fails', async () => {
  await make()
  const wrong = requester()
  vi.mocked(wrong.askPassphrase).mockResolvedValue(new TextEncoder().encode('wrong'))
  await expect(serveMount(request(), wrong, new PipelineThreads(0))).rejects.toMatchObject({
    code: 'PASSPHRASE_WRONG',
  })
  const mount = await serveMount(request(), requester(), new PipelineThreads(0))
  await expect(serveMount(request(), requester(), new PipelineThreads(0))).rejects.toMatchObject({
    code: 'FILE_SYSTEM_MOUNTED',
  })
  await mount.stop()
  await mount.finished
  expect(readdirSync(join(folder, 'cache'))).toHaveLength(1)
  rmSync(mountRecordPath(mount.report.mountPoint))
})
