import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../bin/', import.meta.url))

/** No command of a test takes longer than this, ms. */
const TIMEOUT_MS = 60_000

/** What a command did. */
export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

/** How to run a command. */
export interface RunOptions {
  /** Standard input; closed when absent. */
  readonly input?: string
  readonly env?: Record<string, string>
  readonly cwd?: string
  /** Another program of `bin/` than `stratus`. */
  readonly program?: string
}

/** Starts a program of `bin/`. */
export function start(args: readonly string[], options: RunOptions = {}): ChildProcess {
  const child = spawn(join(bin, options.program ?? 'stratus'), args, {
    cwd: options.cwd ?? '/',
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  child.stdin?.end(options.input ?? '')
  return child
}

/** Runs a program of `bin/` to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = start(args, options)
  const begin = performance.now()
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) =>
      resolve({ status, stdout, stderr, ms: performance.now() - begin }),
    )
  })
}

/** A folder with a store, a mount point and room for local state, for one test. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'stratus-e2e-'))
  readonly store = join(this.folder, 'store')
  readonly mountPoint = join(this.folder, 'mnt')
  readonly cache = join(this.folder, 'cache')
  readonly url = `local://${this.store}`

  constructor() {
    mkdirSync(this.store)
    mkdirSync(this.mountPoint)
  }

  /** Arguments of a mount with the local state in this folder. */
  mountArgs(...more: readonly string[]): string[] {
    return ['mount', '--cachedir', this.cache, ...more, this.url, this.mountPoint]
  }

  /** Mounts a new file system without encryption. */
  async mountPlain(...more: readonly string[]): Promise<void> {
    await succeed(['mkfs', '--plain', this.url])
    await succeed(this.mountArgs(...more))
  }

  /** Copies the store, as a thief or a backup would. */
  copyStore(): string {
    const copy = join(this.folder, 'copy')
    cpSync(this.store, copy, { recursive: true })
    return `local://${copy}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run(['umount', '--quiet', this.mountPoint])
    await run(['umount', '--quiet', '--lazy', this.mountPoint])
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Runs a command that has to succeed. */
export async function succeed(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const outcome = await run(args, options)
  if (outcome.status === 0) return outcome
  throw new Error(`stratus ${args.join(' ')}: status ${outcome.status}\n${outcome.stderr}`)
}
