/**
 * The built commands as a user runs them: processes, a real bucket folder, a real kernel mount. Never
 * touches the mount from this process while its daemon may be stopped: programs do that.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The passphrase of every file system here. */
export const PASSPHRASE = 'correct horse battery staple'

/** What a command did. */
export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program and returns what it did. */
export function run(program: string, args: readonly string[], input = ''): Ran {
  const done: SpawnSyncReturns<string> = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  if (done.error !== undefined) throw done.error
  return { status: done.status ?? 128, stdout: done.stdout, stderr: done.stderr }
}

/** Runs a shell script that must succeed; returns what it printed. */
export function shell(script: string, ...args: string[]): string {
  const { status, stdout, stderr } = run('bash', [
    '--norc',
    '-euo',
    'pipefail',
    '-c',
    script,
    'test',
    ...args,
  ])
  if (status !== 0) throw new Error(`status ${status} of: ${script}\n${stdout}\n${stderr}`)
  return stdout
}

/** One bucket, one mount point, and the local state of one machine. */
export class Installation {
  readonly folder = mkdtempSync(join(tmpdir(), 'stratus-e2e-'))
  readonly bucket = join(this.folder, 'bucket')
  readonly state = join(this.folder, 'state')
  readonly mountPoint = join(this.folder, 'mnt')
  readonly url = `local://${this.bucket}`

  constructor() {
    for (const path of [this.bucket, this.state, this.mountPoint]) mkdirSync(path)
    onTestFinished(() => this.remove())
  }

  /** Runs `stratus` with arguments; standard input has the passphrase. */
  stratus(args: readonly string[], input = `${PASSPHRASE}\n`): Ran {
    return run(join(root, 'bin', 'stratus'), args, input)
  }

  /** Runs `stratus` and fails the test unless it succeeds. */
  must(args: readonly string[], input?: string): string {
    const ran = this.stratus(args, input)
    if (ran.status !== 0) {
      throw new Error(`stratus ${args.join(' ')} ended with ${ran.status}: ${ran.stderr}`)
    }
    return ran.stdout
  }

  make(...options: string[]): void {
    this.must(['mkfs', ...options, this.url], `${PASSPHRASE}\n${PASSPHRASE}\n`)
  }

  mount(...options: string[]): void {
    this.must(['mount', '--cachedir', this.state, ...options, this.url, this.mountPoint])
  }

  umount(): void {
    this.must(['umount', this.mountPoint])
  }

  flush(): void {
    this.must(['ctrl', 'flush', this.mountPoint])
  }

  status(): { readonly pid: number; readonly state: string; readonly backlogBytes: number } {
    return JSON.parse(this.must(['stat', '--json', this.mountPoint])) as ReturnType<
      Installation['status']
    >
  }

  /** Kills the daemon so that it can do nothing more, and waits until it is gone. */
  kill(): void {
    const { pid } = this.status()
    process.kill(pid, 'SIGKILL')
    shell('while [ -d "/proc/$1" ]; do sleep 0.05; done', String(pid))
  }

  /** Loses all local state. */
  loseState(): void {
    rmSync(this.state, { recursive: true, force: true })
    mkdirSync(this.state)
  }

  /** Objects in the bucket, and their bytes. */
  stored(): { readonly objects: number; readonly bytes: number } {
    let objects = 0
    let bytes = 0
    for (const name of readdirSync(this.bucket, { recursive: true })) {
      const found = statSync(join(this.bucket, String(name)))
      if (!found.isFile()) continue
      objects++
      bytes += found.size
    }
    return { objects, bytes }
  }

  remove(): void {
    run('umount', ['-l', this.mountPoint])
    run('pkill', ['-9', '-f', `^mount.stratus.*${this.url}`])
    if (existsSync(this.folder)) rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Lines that tell where two trees differ: contents, attributes, hard links, xattrs. Empty when equal. */
export function differences(from: string, to: string): string {
  return shell('rsync -aHAXn --checksum --delete --itemize-changes "$1/" "$2/"', from, to)
}
