import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Bench, run, start, succeed } from '../support/cli.ts'

const mounted = (mountPoint: string) =>
  readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${mountPoint} `)

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('waited for too long')
    await delay(20)
  }
}

interface Status {
  readonly pid: number
  readonly backlogBytes: number
  readonly totals: { readonly inodes: number; readonly fileBytes: number }
}

async function status(bench: Bench): Promise<Status> {
  const { stdout } = await succeed(['stat', '--json', bench.mountPoint])
  return JSON.parse(stdout) as Status
}

describe('the way of a file system', () => {
  it('is mkfs, mount, write, unmount, and mount again elsewhere', async () => {
    await using bench = new Bench()
    await bench.mountPlain()
    writeFileSync(join(bench.mountPoint, 'a'), 'hello')
    const { stderr } = await succeed(['umount', bench.mountPoint])
    expect(stderr).toBe('')
    expect(mounted(bench.mountPoint)).toBe(false)
    rmSync(bench.cache, { recursive: true })
    await succeed(bench.mountArgs())
    expect(readFileSync(join(bench.mountPoint, 'a'), 'utf8')).toBe('hello')
  })

  it('works encrypted, with the passphrase on standard input', async () => {
    await using bench = new Bench()
    const input = 'correct horse\n'
    await succeed(['mkfs', '--kdf-cost', '12', bench.url], { input })
    const wrong = await run(bench.mountArgs(), { input: 'wrong\n' })
    expect(wrong).toMatchObject({ status: 17, stdout: '' })
    expect(wrong.stderr).toMatch(/^stratus mount: the passphrase for local:\/\/\S+ is wrong.*\n$/)
    const none = await run(bench.mountArgs())
    expect(none).toMatchObject({ status: 61 })
    await succeed(bench.mountArgs(), { input })
    writeFileSync(join(bench.mountPoint, 'a'), 'hello')
    await succeed(['umount', bench.mountPoint])
    const file = join(bench.folder, 'passphrase')
    writeFileSync(file, input, { mode: 0o600 })
    await succeed(bench.mountArgs('--passphrase-file', file))
    expect(readFileSync(join(bench.mountPoint, 'a'), 'utf8')).toBe('hello')
  })

  it('goes by name, as the configuration file says', async () => {
    await using bench = new Bench()
    const config = join(bench.folder, 'my.yaml')
    writeFileSync(
      config,
      `cache: { path: cache }
fileSystems:
  work: { backend: '${bench.url}', mountPoint: ${bench.mountPoint}, compressor: zlib-1 }
`,
    )
    await succeed(['mkfs', '--config', config, '--plain', 'work'])
    await succeed(['mount', '--config', config, 'work'])
    expect(readdirSync(join(bench.folder, 'cache'))).toHaveLength(1)
    const line = readFileSync('/proc/mounts', 'utf8').match(/^work .*$/m)?.[0]
    expect(line).toContain(`work ${bench.mountPoint} fuse.stratus`)
  })
})

describe('the foreground', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends in good order on %s', async (signal) => {
    await using bench = new Bench()
    await succeed(['mkfs', '--plain', bench.url])
    const child = start(bench.mountArgs('--fg'))
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
    await until(() => mounted(bench.mountPoint))
    writeFileSync(join(bench.mountPoint, 'a'), 'hello')
    child.kill(signal)
    expect(await ended).toBe(0)
    expect(mounted(bench.mountPoint)).toBe(false)
    rmSync(bench.cache, { recursive: true })
    await succeed(bench.mountArgs())
    expect(readFileSync(join(bench.mountPoint, 'a'), 'utf8')).toBe('hello')
  })
})

describe('mount(8)', () => {
  it('passes its options, and the usual words do no harm', async () => {
    await using bench = new Bench()
    await succeed(['mkfs', '--plain', bench.url])
    const options = `rw,noauto,_netdev,x-systemd.automount,cachedir=${bench.cache},allow_other`
    const outcome = await run([bench.url, bench.mountPoint, '-o', options], {
      program: 'mount.stratus',
    })
    expect(outcome).toMatchObject({ status: 0, stderr: '' })
    expect(readFileSync('/proc/mounts', 'utf8')).toMatch(
      new RegExp(`^${bench.url} ${bench.mountPoint} fuse\\.stratus .*allow_other`, 'm'),
    )
    const unmounted = await run([bench.mountPoint], { program: 'umount.stratus' })
    expect(unmounted).toMatchObject({ status: 0 })
  })

  it('gets a clear answer to a word that means nothing', async () => {
    await using bench = new Bench()
    const outcome = await run([bench.url, bench.mountPoint, '-o', 'sise=1'], {
      program: 'mount.stratus',
    })
    expect(outcome.status).toBe(2)
    expect(outcome.stderr).toMatch(/^mount\.stratus: -o sise=1: there is no such option/)
  })
})

describe('refusals say what to do', () => {
  const failure = async (args: readonly string[]) => {
    const { status, stderr } = await run(args)
    expect(stderr).toMatch(/^stratus \w+: [^\n]+\n$/)
    return { status, stderr }
  }

  it('no file system there', async () => {
    await using bench = new Bench()
    const { status, stderr } = await failure(bench.mountArgs())
    expect(status).toBe(18)
    expect(stderr).toContain('stratus mkfs')
  })

  it('a file system is there already', async () => {
    await using bench = new Bench()
    await succeed(['mkfs', '--plain', bench.url])
    expect(await failure(['mkfs', '--plain', bench.url])).toMatchObject({ status: 53 })
  })

  it('the mount point does not exist, is a file, or would hide the cache', async () => {
    await using bench = new Bench()
    await succeed(['mkfs', '--plain', bench.url])
    const missing = await failure(['mount', bench.url, join(bench.folder, 'none')])
    expect(missing).toMatchObject({ status: 36, stderr: expect.stringContaining('mkdir') })
    writeFileSync(join(bench.folder, 'file'), '')
    const file = await failure(['mount', bench.url, join(bench.folder, 'file')])
    expect(file).toMatchObject({ status: 36, stderr: expect.stringContaining('not a directory') })
    const inside = join(bench.mountPoint, 'cache')
    const hidden = await failure(['mount', '--cachedir', inside, bench.url, bench.mountPoint])
    expect(hidden).toMatchObject({ status: 36, stderr: expect.stringContaining('hidden') })
  })

  it('mounted at this place, on this machine, and elsewhere', async () => {
    await using bench = new Bench()
    await bench.mountPlain()
    expect(await failure(bench.mountArgs())).toMatchObject({ status: 57 })
    const other = join(bench.folder, 'other')
    mkdirSync(other)
    const here = await failure(['mount', '--cachedir', bench.cache, bench.url, other])
    expect(here).toMatchObject({ status: 40, stderr: expect.stringContaining(bench.mountPoint) })
    const cache = join(bench.folder, 'cache2')
    const elsewhere = await failure(['mount', '--cachedir', cache, bench.url, other])
    expect(elsewhere).toMatchObject({ status: 31, stderr: expect.stringContaining('--force') })
  })

  it('an unknown key in the configuration', async () => {
    await using bench = new Bench()
    const config = join(bench.folder, 'my.yaml')
    writeFileSync(config, 'cashe: { size: 1GiB }')
    const { status, stderr } = await failure(['mount', '--config', config, bench.url, '/mnt'])
    expect(status).toBe(2)
    expect(stderr).toMatch(/unknown key "cashe"; known keys: .*cache/)
  })

  it('a mount point in use names who uses it', async () => {
    await using bench = new Bench()
    await bench.mountPlain()
    const user = spawn('sleep', ['60'], { cwd: bench.mountPoint })
    const gone = new Promise((resolve) => user.on('exit', resolve))
    try {
      const busy = await failure(['umount', bench.mountPoint])
      expect(busy.status).toBe(57)
      expect(busy.stderr).toContain(`sleep (${user.pid})`)
    } finally {
      user.kill()
      await gone
    }
    await succeed(['umount', bench.mountPoint])
  })
})

describe('fsck', () => {
  it('finds nothing wrong with a sound file system, and says what is missing of another', async () => {
    await using bench = new Bench()
    await bench.mountPlain()
    writeFileSync(join(bench.mountPoint, 'a'), randomBytes(3_000_000))
    const mounted = await run(['fsck', '--cachedir', bench.cache, bench.url])
    expect(mounted).toMatchObject({ status: 40 })
    await succeed(['umount', bench.mountPoint])
    const sound = await succeed(['fsck', bench.url])
    expect(sound).toMatchObject({ stderr: '', stdout: expect.stringContaining('no errors') })
    const copy = bench.copyStore()
    rmSync(join(bench.folder, 'copy', 'pack'), { recursive: true })
    const damaged = await run(['fsck', '--json', copy])
    expect(damaged.status).toBe(128)
    const report = JSON.parse(damaged.stdout) as { errors: number; findings: { id: string }[] }
    expect(report.errors).toBeGreaterThan(0)
    expect(report.findings[0]).toMatchObject({ id: 'pack-object' })
  })
})

describe('a mount', () => {
  it('flushes on demand what the kernel holds back', async () => {
    await using bench = new Bench()
    await bench.mountPlain('--commit-interval', '1h')
    writeFileSync(join(bench.mountPoint, 'a'), Buffer.alloc(5_000_000, 'x'))
    await succeed(['ctrl', 'flush', bench.mountPoint])
    expect(await status(bench)).toMatchObject({ backlogBytes: 0 })
    const { pid } = await status(bench)
    process.kill(pid, 'SIGKILL')
    await until(() => !isRunning(pid))
    rmSync(bench.cache, { recursive: true })
    await succeed(bench.mountArgs('--force'))
    expect(statSync(join(bench.mountPoint, 'a')).size).toBe(5_000_000)
  })

  it('is cleaned up by the next one when its daemon was killed', async () => {
    await using bench = new Bench()
    await bench.mountPlain()
    writeFileSync(join(bench.mountPoint, 'a'), 'hello')
    const { pid } = await status(bench)
    process.kill(pid, 'SIGKILL')
    await until(() => !isRunning(pid))
    expect(mounted(bench.mountPoint)).toBe(true)
    await succeed(bench.mountArgs())
    expect(readFileSync(join(bench.mountPoint, 'a'), 'utf8')).toBe('hello')
  })

  it('whose daemon was killed can be unmounted', async () => {
    await using bench = new Bench()
    await bench.mountPlain()
    const { pid } = await status(bench)
    process.kill(pid, 'SIGKILL')
    await until(() => !isRunning(pid))
    const { stderr } = await succeed(['umount', bench.mountPoint])
    expect(stderr).toContain('daemon')
    expect(mounted(bench.mountPoint)).toBe(false)
  })

  it('that umount(8) took away is waited for, once', async () => {
    await using bench = new Bench()
    await bench.mountPlain()
    writeFileSync(join(bench.mountPoint, 'a'), Buffer.alloc(5_000_000, 'x'))
    execFileSync('/usr/bin/umount', [bench.mountPoint])
    const { stderr } = await succeed(['umount', bench.mountPoint])
    expect(stderr).toContain('unmounted already')
    expect(await run(['umount', bench.mountPoint])).toMatchObject({ status: 58 })
    await succeed(['fsck', '--cachedir', bench.cache, bench.url])
  })

  it('shows its statistics to people', async () => {
    await using bench = new Bench()
    await bench.mountPlain()
    writeFileSync(join(bench.mountPoint, 'a'), 'hello')
    const { stdout } = await succeed(['stat', bench.mountPoint])
    for (const label of [
      'Directory entries',
      'Inodes',
      'Data objects',
      'Total data size',
      'After de-duplication',
      'After compression',
      'Database size',
      'Cache size',
      'Cache size (dirty)',
    ]) {
      expect(stdout).toContain(`${label}:`)
    }
  })

  it('read-only changes nothing', async () => {
    await using bench = new Bench()
    await bench.mountPlain()
    await succeed(['umount', bench.mountPoint])
    const before = readdirSync(join(bench.store, 'log'))
    await succeed(bench.mountArgs('--read-only'))
    expect(() => writeFileSync(join(bench.mountPoint, 'a'), '')).toThrow('EROFS')
    await succeed(['umount', bench.mountPoint])
    expect(readdirSync(join(bench.store, 'log'))).toEqual(before)
  })

  it('leaves nothing of its passphrase in the list of processes', async () => {
    await using bench = new Bench()
    const env = { STRATUS_PASSPHRASE: 'correct-horse' }
    await succeed(['mkfs', '--kdf-cost', '12', bench.url], { env })
    await succeed(bench.mountArgs(), { env })
    const { pid } = await status(bench)
    expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).not.toContain('correct-horse')
  })
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
