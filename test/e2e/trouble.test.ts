/**
 * Trouble that passes: a bucket that takes nothing, disks that are full, a daemon that dies. Nothing that
 * was acknowledged is lost, the mount lives on, and whoever asks is told what is wrong. Buckets and local
 * state lie on small file systems in memory, so that they can be made full and read-only.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { start } from '../support/cli.ts'
import { differences, Installation, PASSPHRASE, run, shell } from '../support/installation.ts'

const HEADERS = '/usr/include/linux'
const MIB = 2 ** 20

/** Longest wait for anything, ms; only a failure takes that long. */
const DEADLINE_MS = 30_000

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`)
    await delay(20)
  }
}

/** A small file system in memory over a folder. */
class SmallDisk {
  readonly #path: string
  #fillers = 0

  constructor(path: string, bytes: number) {
    this.#path = path
    shell('mount -t tmpfs -o "size=$2,mode=700" stratus-test "$1"', path, String(bytes))
    onTestFinished(() => void run('umount', ['-l', path]))
  }

  /** Refuses all changes from now on. Waits for files that are being written. */
  async freeze(): Promise<void> {
    await until('nobody writes', () => this.#remount('ro'))
  }

  thaw(): void {
    expect(this.#remount('rw')).toBe(true)
  }

  resize(bytes: number): void {
    expect(this.#remount(`size=${bytes}`)).toBe(true)
  }

  /** Fills the disk and returns what gives the space back. */
  fill(): () => void {
    const filler = join(this.#path, `filler-${this.#fillers++}`)
    const filled = run('dd', ['if=/dev/zero', `of=${filler}`, 'bs=16k'])
    expect(filled.stderr).toContain('No space left on device')
    return () => rmSync(filler)
  }

  #remount(option: string): boolean {
    return run('mount', ['-o', `remount,${option}`, this.#path]).status === 0
  }
}

interface Status {
  readonly state: string
  readonly pid: number
  readonly backlogBytes: number
  readonly commit: { readonly trouble?: string }
  /** Requests that are tried again and again. */
  readonly backend: { readonly waiting: number }
}

const statusOf = (place: Installation) =>
  JSON.parse(place.must(['stat', '--json', place.mountPoint])) as Status

const inTrouble = (place: Installation) =>
  until('stat shows the trouble', () => {
    const { commit, backend } = statusOf(place)
    return commit.trouble !== undefined || backend.waiting > 0
  })

/** An ended program, or one that goes on. */
class Program {
  stderr = ''
  status: number | null | undefined
  readonly ended: Promise<number | null>

  constructor(child: ChildProcess) {
    child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString()
    })
    this.ended = new Promise((resolve) => {
      child.on('close', (status) => {
        this.status = status
        resolve(status)
      })
    })
    onTestFinished(() => void child.kill('SIGKILL'))
  }
}

const background = (script: string, ...args: string[]) =>
  new Program(
    spawn('bash', ['-euc', script, 'test', ...args], { stdio: ['ignore', 'ignore', 'pipe'] }),
  )

/** A file system whose bucket lies on a disk of its own, mounted. */
function withBucketOn(bytes: number, ...options: string[]) {
  const place = new Installation()
  const disk = new SmallDisk(place.bucket, bytes)
  place.make('--kdf-cost', '12')
  place.mount('--commit-interval', '100ms', ...options)
  return { place, disk }
}

/** A machine that has nothing but the bucket sees what `expected` has. */
function expectElsewhere(place: Installation, expected: string, name: string): void {
  place.loseState()
  place.mount()
  expect(differences(expected, join(place.mountPoint, name))).toBe('')
  place.umount()
  expect(place.stratus(['fsck', place.url])).toMatchObject({ status: 0 })
}

function randomFolder(place: Installation, count: number, bytes: number): string {
  const folder = join(place.folder, 'random')
  mkdirSync(folder)
  shell(
    'for n in $(seq "$2"); do head -c "$3" /dev/urandom > "$1/$n"; done',
    folder,
    String(count),
    String(bytes),
  )
  return folder
}

describe('a bucket that refuses writes', () => {
  it('is waited for: programs go on, stat says what is wrong, and the mount lives on', async () => {
    const { place, disk } = withBucketOn(200 * MIB)
    shell('cp -a "$2" "$1/before"', place.mountPoint, HEADERS)
    place.flush()
    await disk.freeze()
    shell('cp -a "$2" "$1/during"; mv "$1/before" "$1/moved"', place.mountPoint, HEADERS)
    await inTrouble(place)
    expect(statusOf(place).backlogBytes).toBeGreaterThan(0)
    expect(place.must(['stat', place.mountPoint])).toMatch(
      /^State: +serving, but the store does not answer: \d+ requests wait \(.*EROFS.*\)$/m,
    )
    expect(differences(HEADERS, join(place.mountPoint, 'during'))).toBe('')
    disk.thaw()
    place.flush()
    expect(statusOf(place)).toMatchObject({
      state: 'serving',
      backlogBytes: 0,
      backend: { waiting: 0 },
    })
    expect(statusOf(place).commit.trouble).toBeUndefined()
    shell('echo after > "$1/after"', place.mountPoint)
    place.umount()
    expectElsewhere(place, HEADERS, 'during')
  })

  it('and a daemon killed meanwhile lose nothing', async () => {
    const { place, disk } = withBucketOn(200 * MIB)
    await disk.freeze()
    shell('cp -a "$2" "$1/during"', place.mountPoint, HEADERS)
    await inTrouble(place)
    place.kill()
    disk.thaw()
    place.mount()
    expect(differences(HEADERS, join(place.mountPoint, 'during'))).toBe('')
    place.umount()
    expectElsewhere(place, HEADERS, 'during')
  })

  it('makes writers wait when the backlog is full, and lets them go on afterwards', async () => {
    const { place, disk } = withBucketOn(300 * MIB, '--cachesize', '64MiB')
    const source = randomFolder(place, 12, 8 * MIB)
    await disk.freeze()
    const writer = background('cp -r "$1" "$2/copy"', source, place.mountPoint)
    await until('the backlog has grown', () => statusOf(place).backlogBytes > 24 * MIB)
    await inTrouble(place)
    expect(writer.status).toBeUndefined()
    // Whoever only looks need not wait.
    shell('ls -l "$1/copy"; df "$1"', place.mountPoint)
    disk.thaw()
    expect(await writer.ended, writer.stderr).toBe(0)
    place.umount()
    place.loseState()
    place.mount()
    shell('diff -r "$1" "$2/copy"', source, place.mountPoint)
    place.umount()
  })

  it('makes umount wait, which shows how far it is', async () => {
    const { place, disk } = withBucketOn(200 * MIB)
    const source = randomFolder(place, 3, 2 * MIB)
    await disk.freeze()
    shell('cp -a "$1" "$2/copy"', source, place.mountPoint)
    const umount = new Program(start(['umount', place.mountPoint]))
    await until('progress shows', () => umount.stderr.includes('uploading'))
    expect(umount.stderr).toMatch(/^stratus umount: uploading: \S+ \S+ of \S+ MiB/m)
    expect(umount.status).toBeUndefined()
    disk.thaw()
    expect(await umount.ended, umount.stderr).toBe(0)
    expectElsewhere(place, source, 'copy')
  })

  it('holds up a daemon whose mount point umount(8) took away, until all is in the bucket', async () => {
    const { place, disk } = withBucketOn(200 * MIB)
    const source = randomFolder(place, 3, 2 * MIB)
    await disk.freeze()
    shell('cp -a "$1" "$2/copy"', source, place.mountPoint)
    shell('umount "$1"', place.mountPoint)
    const umount = new Program(start(['umount', place.mountPoint]))
    await until('progress shows', () => umount.stderr.includes('uploading'))
    expect(umount.stderr).toContain('unmounted already')
    disk.thaw()
    expect(await umount.ended, umount.stderr).toBe(0)
    expectElsewhere(place, source, 'copy')
  })
})

describe('a bucket that is full', () => {
  it('is waited for until it is larger', async () => {
    const { place, disk } = withBucketOn(20 * MIB)
    const source = randomFolder(place, 10, 4 * MIB)
    shell('cp -a "$1" "$2/copy"', source, place.mountPoint)
    await inTrouble(place)
    expect(differences(source, join(place.mountPoint, 'copy'))).toBe('')
    disk.resize(200 * MIB)
    place.flush()
    expect(statusOf(place)).toMatchObject({ state: 'serving', backlogBytes: 0 })
    place.umount()
    expectElsewhere(place, source, 'copy')
  })

  it('and a daemon killed meanwhile lose nothing', async () => {
    const { place, disk } = withBucketOn(20 * MIB)
    const source = randomFolder(place, 10, 4 * MIB)
    shell('cp -a "$1" "$2/copy"', source, place.mountPoint)
    await inTrouble(place)
    place.kill()
    disk.resize(200 * MIB)
    place.mount()
    expect(differences(source, join(place.mountPoint, 'copy'))).toBe('')
    place.umount()
    expectElsewhere(place, source, 'copy')
  })
})

describe('a full disk under the local state', () => {
  it('stops writers or makes them wait, and all goes on when there is room', async () => {
    const place = new Installation()
    const disk = new SmallDisk(place.state, 150 * MIB)
    place.make('--kdf-cost', '12')
    place.mount('--cachesize', '64MiB', '--commit-interval', '100ms')
    const source = randomFolder(place, 30, 2 * MIB)
    shell('mkdir "$1/copy"', place.mountPoint)
    const copied = join(place.folder, 'copied')
    const giveBack = disk.fill()
    const writer = background(
      'for n in $(seq 30); do until cp "$1/$n" "$2/copy/$n"; do sleep 0.05; done; echo $n >> "$3"; done',
      source,
      place.mountPoint,
      copied,
    )
    // It ends, or is stopped by the full disk: waiting in a call, or trying again after ENOSPC.
    await until('the writer ended or met the full disk', () => {
      if (writer.status !== undefined || writer.stderr !== '') return true
      return /local disk/.test(readFileSync(logOf(place), 'utf8'))
    })
    expect(statusOf(place).state).toBe('serving')
    giveBack()
    expect(await writer.ended, writer.stderr).toBe(0)
    for (const line of writer.stderr.split('\n')) expect(line).toMatch(/^$|No space left on device/)
    expect(readFileSync(copied, 'utf8').trim().split('\n')).toHaveLength(30)
    shell('diff -r "$1" "$2/copy"', source, place.mountPoint)
    place.umount()
    run('umount', ['-l', place.state])
    place.loseState()
    place.mount()
    shell('diff -r "$1" "$2/copy"', source, place.mountPoint)
    place.umount()
    expect(place.stratus(['fsck', place.url])).toMatchObject({ status: 0 })
  })

  it('together with a bucket that refuses writes: what was acknowledged survives a kill', async () => {
    const place = new Installation()
    new SmallDisk(place.state, 100 * MIB)
    const bucket = new SmallDisk(place.bucket, 300 * MIB)
    place.make('--kdf-cost', '12')
    place.mount('--cachesize', '1GiB', '--commit-interval', '100ms')
    const source = randomFolder(place, 60, 2 * MIB)
    const copied = join(place.folder, 'copied')
    writeFileSync(copied, '')
    await bucket.freeze()
    const writer = background(
      'mkdir "$2/copy"; for n in $(seq 60); do cp "$1/$n" "$2/copy/$n"; echo $n >> "$3"; done',
      source,
      place.mountPoint,
      copied,
    )
    await until('the disk is full', () => /disk is full/.test(readFileSync(logOf(place), 'utf8')))
    place.kill()
    await writer.ended
    const acknowledged = readFileSync(copied, 'utf8').split('\n').slice(0, -1)
    expect(acknowledged.length).toBeGreaterThan(5)
    expect(acknowledged.length).toBeLessThan(60)
    bucket.thaw()
    place.mount('--cachesize', '1GiB')
    for (const n of acknowledged) {
      shell('cmp "$1" "$2"', join(source, n), join(place.mountPoint, 'copy', n))
    }
    shell('cp "$1/60" "$2/copy/60"', source, place.mountPoint)
    place.umount()
    expect(place.stratus(['fsck', place.url])).toMatchObject({ status: 0 })
  })

  it('keeps a mount from starting, with a clear message', () => {
    const place = new Installation()
    const disk = new SmallDisk(place.state, 4 * MIB)
    place.make('--kdf-cost', '12')
    disk.fill()
    const refused = place.stratus(['mount', '--cachedir', place.state, place.url, place.mountPoint])
    expect(refused.stderr).toMatch(/^stratus mount: [^\n]+\n$/)
    expect([exitStatusOf('LOCAL_DISK_FULL'), exitStatusOf('CACHE_DIRECTORY_UNUSABLE')]).toContain(
      refused.status,
    )
    expect(run('mountpoint', ['-q', place.mountPoint]).status).not.toBe(0)
  })
})

describe('a daemon that was killed', () => {
  it('leaves a mount that answers ENOTCONN, and that the next mount cleans up', () => {
    const place = new Installation()
    place.make('--kdf-cost', '12')
    place.mount()
    shell('echo acknowledged > "$1/file"', place.mountPoint)
    place.kill()
    expect(run('ls', [place.mountPoint]).stderr).toContain('Transport endpoint is not connected')
    for (const args of [['stat'], ['ctrl', 'flush']]) {
      const asked = place.stratus([...args, place.mountPoint])
      expect(asked.status).toBe(exitStatusOf('NOT_MOUNTED'))
      expect(asked.stderr).toMatch(/^stratus \w+[^\n]*daemon[^\n]*gone[^\n]*\n$/)
    }
    place.mount()
    expect(shell('cat "$1/file"; grep -c " $1 " /proc/mounts', place.mountPoint)).toBe(
      'acknowledged\n1\n',
    )
    place.umount()
  })
})

describe('a mount point in use', () => {
  it('stays mounted; umount says who uses it', async () => {
    const place = new Installation()
    place.make('--kdf-cost', '12')
    place.mount()
    const held = join(place.mountPoint, 'held')
    const user = spawn('bash', ['-c', 'exec 3> "$1"; echo ready; read line', 'test', held])
    const gone = new Promise((resolve) => user.on('exit', resolve))
    await new Promise((resolve) => user.stdout.once('data', resolve))
    const refused = place.stratus(['umount', place.mountPoint])
    expect(refused.status).toBe(exitStatusOf('MOUNT_POINT_BUSY'))
    expect(refused.stderr).toMatch(/^stratus umount: [^\n]+\n$/)
    expect(refused.stderr).toContain(`bash (${user.pid})`)
    shell('echo more > "$1/more"; cat "$1/more"', place.mountPoint)
    expect(statusOf(place).state).toBe('serving')
    user.stdin.end()
    await gone
    place.umount()
    expect(run('mountpoint', ['-q', place.mountPoint]).status).not.toBe(0)
  })
})

describe('a refusal is one line, and its exit status is the documented one of', () => {
  const refusals: Record<string, (place: Installation) => ReturnType<typeof run>> = {
    PASSPHRASE_WRONG: (place) => {
      place.make('--kdf-cost', '12')
      return place.stratus(mountArgs(place), 'wrong\n')
    },
    PASSPHRASE_MISSING: (place) => {
      place.make('--kdf-cost', '12')
      return place.stratus(mountArgs(place), '')
    },
    FILE_SYSTEM_NOT_FOUND: (place) => place.stratus(mountArgs(place)),
    FILE_SYSTEM_EXISTS: (place) => {
      place.make('--kdf-cost', '12')
      return place.stratus(['mkfs', place.url], `${PASSPHRASE}\n${PASSPHRASE}\n`)
    },
    MOUNT_POINT_BUSY: (place) => {
      place.make('--kdf-cost', '12')
      place.mount()
      return place.stratus(mountArgs(place))
    },
    FILE_SYSTEM_MOUNTED: (place) => {
      place.make('--kdf-cost', '12')
      place.mount()
      const other = join(place.folder, 'other')
      mkdirSync(other)
      return place.stratus(['mount', '--cachedir', place.state, place.url, other])
    },
    FILE_SYSTEM_BUSY: (place) => {
      place.make('--kdf-cost', '12')
      place.mount()
      const [state, other] = [join(place.folder, 'state-2'), join(place.folder, 'other')]
      for (const path of [state, other]) mkdirSync(path)
      return place.stratus(['mount', '--cachedir', state, place.url, other])
    },
    MOUNT_POINT_INVALID: (place) => {
      place.make('--kdf-cost', '12')
      return place.stratus(['mount', place.url, join(place.folder, 'none')])
    },
    NOT_MOUNTED: (place) => place.stratus(['umount', place.mountPoint]),
    CONFIG_INVALID: (place) => {
      const config = join(place.folder, 'stratus.yaml')
      writeFileSync(config, 'version: 1\ncach: { size: 1GiB }\n')
      return place.stratus(['mount', '--config', config, place.url, place.mountPoint])
    },
    CONFIG_NOT_FOUND: (place) => place.stratus(['mount', 'nothing-of-this-name', place.mountPoint]),
    STORAGE_URL_INVALID: (place) => place.stratus(['mount', 'local://relative', place.mountPoint]),
    PLUGIN_NOT_FOUND: (place) => {
      place.make('--kdf-cost', '12')
      return place.stratus([...mountArgs(place), '--compress', 'nothing-of-this-name'])
    },
  }

  it.each(Object.entries(refusals))('%s', (code, provoke) => {
    const place = new Installation()
    const { status, stdout, stderr } = provoke(place)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^stratus \w+: [^\n]{10,}\n$/)
    expect({ status, stderr }).toEqual({ status: exitStatusOf(code), stderr })
  })
})

const mountArgs = (place: Installation) => [
  'mount',
  '--cachedir',
  place.state,
  place.url,
  place.mountPoint,
]

/** Log of the mount of the only file system in a state folder. */
const logOf = (place: Installation) => shell('echo "$1"/*/mount.log', place.state).trim()

/** What the documentation promises. */
function exitStatusOf(code: string): number {
  const page = new URL('../../docs/reference/exit-status.md', import.meta.url)
  const row = readFileSync(page, 'utf8').match(new RegExp(`^\\| \`${code}\` \\| (\\d+) \\|$`, 'm'))
  if (row === null) throw new Error(`${code} is not documented`)
  return Number(row[1])
}
