import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { RecordingLogger, ReferenceOperations } from '../../src/conformance/index.ts'
import type { AttachRequest, Operations, TimeSpec } from '../../src/core/index.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { loadAddon } from '../../src/plugins/frontend-fuse/addon.ts'
import { FuseFrontend } from '../../src/plugins/frontend-fuse/fuse-frontend.ts'
import { fuseOptions } from '../../src/plugins/frontend-fuse/options.ts'

const execute = promisify(execFile)

/** Type of the mounts of tests: one that no real mount of this machine has. */
export const TEST_TYPE = 'stratus-test'

/** How to mount. */
export interface MountSetup {
  /** What to serve. Default: a fresh {@link ReferenceOperations}. */
  readonly operations?: Operations | undefined
  /** Options of the plugin. */
  readonly options?: object | undefined
  readonly request?: Partial<AttachRequest> | undefined
}

/** A frontend, where to attach it, and what it logged. */
export interface FuseFixture {
  readonly frontend: FuseFrontend
  readonly request: AttachRequest
  readonly logger: RecordingLogger
  /** The mount point, or a path in it. */
  path(...parts: string[]): string
}

/**
 * Returns a frontend that is not attached, with a mount point. Both go when the test ends.
 *
 * The test's own thread serves the mount. So a test must not call a synchronous `fs` function there,
 * and must not start a process while it has a file of the mount open: the new process closes its
 * copy before it runs, which asks the thread that waits for it to run.
 */
export async function fuseFixture(setup: MountSetup = {}): Promise<FuseFixture> {
  const mountPoint = await mkdtemp(join(tmpdir(), 'stratus-fuse-'))
  const logger = new RecordingLogger()
  const options = fuseOptions.parse(setup.options ?? {})
  const frontend = new FuseFrontend(loadAddon(), options, systemClock, logger)
  onTestFinished(async () => {
    await frontend[Symbol.asyncDispose]()
    await rm(mountPoint, { recursive: true, force: true })
  })
  const request = {
    mountPoint,
    source: 'memory:test',
    type: TEST_TYPE,
    readOnly: false,
    allowOther: false,
    ...setup.request,
  }
  return { frontend, request, logger, path: (...parts) => join(mountPoint, ...parts) }
}

/** Mounts a file system in memory. */
export async function fuseMount(setup: MountSetup = {}): Promise<FuseFixture> {
  const fixture = await fuseFixture(setup)
  await fixture.frontend.attach(
    setup.operations ?? new ReferenceOperations({ now }),
    fixture.request,
  )
  return fixture
}

/** Runs a shell script with the arguments `$1`, `$2` and so on; returns what it printed. */
export async function shell(script: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute('sh', ['-euc', script, 'sh', ...args], {
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
}

/** The time of this machine. */
export function now(): TimeSpec {
  const ms = Date.now()
  return { sec: Math.floor(ms / 1000), nsec: (ms % 1000) * 1_000_000 }
}
