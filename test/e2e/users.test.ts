/** Several users: what they see of each other's mounts, and what an ordinary user can do alone. */
import {
  chmodSync,
  chownSync,
  existsSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Installation, PASSPHRASE, type Ran, run, shell } from '../support/installation.ts'

const NOBODY = 65534
const bin = fileURLToPath(new URL('../../bin/', import.meta.url))

/** Runs a program as another user, with nothing of this process's environment. */
function asNobody(home: string, program: readonly string[], input = ''): Ran {
  const identity = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--reset-env']
  return run('setpriv', [...identity, 'env', '-C', '/', `HOME=${home}`, ...program], input)
}

/** An installation that other users can walk into. */
function openInstallation(): Installation {
  const place = new Installation()
  chmodSync(place.folder, 0o755)
  return place
}

describe('a mount of root', () => {
  it('shows others what modes allow, with --allow-other', () => {
    const place = openInstallation()
    place.make('--kdf-cost', '12')
    place.mount('--allow-other')
    shell(
      `cd "$1"; chmod 755 .; mkdir open closed; chmod 700 closed; mkdir -m 1777 shared
       echo public > open/public; echo private > open/private; chmod 600 open/private; echo x > closed/file`,
      place.mountPoint,
    )
    const attempt = (script: string) =>
      asNobody(place.folder, ['sh', '-c', `cd "$0" && ${script}`, place.mountPoint])
    expect(attempt('cat open/public; ls')).toMatchObject({
      status: 0,
      stdout: 'public\nclosed\nopen\nshared\n',
    })
    for (const script of [
      'cat open/private',
      'ls closed',
      'echo x > open/public',
      'echo x > new',
      'rm open/public',
      'cat closed/file',
    ]) {
      expect(attempt(script).stderr, script).toMatch(/Permission denied/)
    }
    expect(
      attempt('echo mine > shared/file && mkdir shared/folder && cat shared/file'),
    ).toMatchObject({
      status: 0,
      stdout: 'mine\n',
    })
    expect(statSync(join(place.mountPoint, 'shared/file')).uid).toBe(NOBODY)
    expect(attempt('df . | tail -n 1').stdout).toContain(place.mountPoint)
  })

  it('is closed to others without it', () => {
    const place = openInstallation()
    place.make('--kdf-cost', '12')
    place.mount()
    shell('chmod 777 "$1"; echo public > "$1/file"; chmod 666 "$1/file"', place.mountPoint)
    for (const program of [
      ['ls', place.mountPoint],
      ['cat', join(place.mountPoint, 'file')],
    ]) {
      expect(asNobody(place.folder, program).stderr).toMatch(/Permission denied/)
    }
  })

  it('is controlled by root alone', () => {
    const place = openInstallation()
    place.make('--kdf-cost', '12')
    place.mount('--allow-other')
    for (const args of [['stat'], ['ctrl', 'flush'], ['umount']]) {
      const refused = asNobody(place.folder, [join(bin, 'stratus'), ...args, place.mountPoint])
      expect(refused.status, args.join()).toBe(2)
      expect(refused.stderr).toMatch(/^stratus [^\n]*only root and the user who mounted[^\n]*\n$/)
    }
    place.umount()
  })
})

describe('an ordinary user', () => {
  it('makes, mounts, uses, unmounts and checks a file system alone', () => {
    const place = openInstallation()
    openFuseDevice()
    for (const path of [place.folder, place.bucket, place.mountPoint])
      chownSync(path, NOBODY, NOBODY)
    const stratus = (args: readonly string[], lines = 1) =>
      asNobody(place.folder, [join(bin, 'stratus'), ...args], `${PASSPHRASE}\n`.repeat(lines))
    const must = (args: readonly string[], lines?: number) => {
      const ran = stratus(args, lines)
      expect(ran.status, ran.stderr).toBe(0)
      return ran.stdout
    }
    must(['mkfs', '--kdf-cost', '12', place.url], 2)
    must(['mount', place.url, place.mountPoint])
    expect(shell('grep " $1 " /proc/mounts', place.mountPoint)).toMatch(
      new RegExp(`^${place.url} \\S+ fuse\\.stratus \\S*nosuid,nodev\\S*user_id=${NOBODY}`),
    )
    const used = asNobody(place.folder, [
      'sh',
      '-ec',
      'cd "$0"; mkdir a; cp /usr/include/stdio.h a/; ln -s a/stdio.h link; cmp link /usr/include/stdio.h; stat -c %u a',
      place.mountPoint,
    ])
    expect(used).toMatchObject({ status: 0, stdout: `${NOBODY}\n`, stderr: '' })
    expect(JSON.parse(must(['stat', '--json', place.mountPoint]))).toMatchObject({
      state: 'serving',
    })
    must(['ctrl', 'flush', place.mountPoint])
    // Not even root looks into the mount of somebody else, and its state lies in the user's own folder.
    expect(run('ls', [place.mountPoint]).stderr).toMatch(/Permission denied/)
    expect(existsSync(join(place.folder, '.cache/stratus'))).toBe(true)

    must(['umount', place.mountPoint])
    expect(run('mountpoint', ['-q', place.mountPoint]).status).not.toBe(0)
    must(['fsck', place.url])
    rmSync(join(place.folder, '.cache'), { recursive: true })
    must(['mount', place.url, place.mountPoint])
    const again = asNobody(place.folder, [
      'cmp',
      join(place.mountPoint, 'link'),
      '/usr/include/stdio.h',
    ])
    expect(again).toMatchObject({ status: 0 })
    must(['umount', place.mountPoint])
  })

  it('is told why it cannot mount on the folder of another, or for others', () => {
    const place = openInstallation()
    openFuseDevice()
    chownSync(place.folder, NOBODY, NOBODY)
    chownSync(place.bucket, NOBODY, NOBODY)
    const stratus = (...args: string[]) => asNobody(place.folder, [join(bin, 'stratus'), ...args])
    expect(stratus('mkfs', '--plain', place.url)).toMatchObject({ status: 0 })
    const foreign = stratus('mount', place.url, place.mountPoint)
    expect(foreign.status).toBe(36)
    expect(foreign.stderr).toMatch(/^stratus mount: [^\n]*(denied|no write access)[^\n]*\n$/)
    chownSync(place.mountPoint, NOBODY, NOBODY)
    const others = stratus('mount', '--allow-other', place.url, place.mountPoint)
    expect(others.stderr).toMatch(/^stratus mount: [^\n]*user_allow_other[^\n]*\n$/)
    expect(others.status).not.toBe(0)
  })
})

describe('mount(8)', () => {
  it('finds mount.stratus by the type, and what it mounts shows where mounts show', () => {
    const place = openInstallation()
    linkHelper('mount.stratus')
    place.make('--kdf-cost', '12', '--label', 'work')
    const passphrase = join(place.folder, 'passphrase')
    writeFileSync(passphrase, `${PASSPHRASE}\n`, { mode: 0o600 })
    const { mountPoint, url } = place
    shell(
      'mount -t stratus "$1" "$2" -o "allow_other,noatime,cachedir=$3,passphrase_file=$4"',
      url,
      mountPoint,
      place.state,
      passphrase,
    )
    expect(shell('mount | grep stratus | grep -F "$1"', mountPoint)).toMatch(
      new RegExp(`^${url} on ${mountPoint} type fuse\\.stratus \\(rw,\\S*allow_other\\S*\\)\\n$`),
    )
    shell('head -c 3000000 /dev/urandom > "$1/file"', mountPoint)
    place.flush()
    const [source, type, size, used, available, path] = shell(
      'df --output=source,fstype,size,used,avail,target -B1 "$1" | tail -n 1',
      mountPoint,
    )
      .trim()
      .split(/\s+/)
    expect({ source, type, path }).toEqual({ source: url, type: 'fuse.stratus', path: mountPoint })
    expect(Number(size)).toBe(2 ** 40)
    expect(Number(used)).toBeGreaterThanOrEqual(3_000_000)
    expect(Number(used)).toBeLessThan(4_000_000)
    expect(Number(available)).toBe(Number(size) - Number(used))
    expect(Number(shell('df --output=iused "$1" | tail -n 1', mountPoint))).toBeGreaterThan(0)
    expect(asNobody(place.folder, ['stat', '-c', '%s', join(mountPoint, 'file')]).stdout).toBe(
      '3000000\n',
    )

    // umount(8) frees the mount point; `stratus umount` then waits for the bucket to have everything.
    shell('umount "$1"', mountPoint)
    expect(run('mountpoint', ['-q', mountPoint]).status).not.toBe(0)
    place.stratus(['umount', mountPoint])
    place.loseState()
    place.mount()
    expect(shell('stat -c %s "$1/file"', mountPoint)).toBe('3000000\n')
    place.umount()
  })

  it('passes on the refusals of mount.stratus', () => {
    const place = openInstallation()
    linkHelper('mount.stratus')
    const refused = run('mount', ['-t', 'stratus', place.url, place.mountPoint])
    expect(refused.status).not.toBe(0)
    expect(refused.stderr).toMatch(/^mount\.stratus: [^\n]*mkfs[^\n]*\n$/)
  })
})

/** Opens the device to all users, as it is on most machines, until the test ends. */
function openFuseDevice(): void {
  const { mode } = statSync('/dev/fuse')
  chmodSync('/dev/fuse', 0o666)
  onTestFinished(() => chmodSync('/dev/fuse', mode & 0o7777))
}

/** Puts a helper where mount(8) looks for it, until the test ends. */
function linkHelper(name: string): void {
  const path = join('/sbin', name)
  if (existsSync(path)) return
  symlinkSync(join(bin, name), path)
  onTestFinished(() => rmSync(path))
}
