/**
 * What the owner of the bucket learns and can do: no name, no content, no recognisable size of a small
 * file; and every change of an object is noticed, so that no wrong byte is ever returned.
 */
import { randomBytes } from 'node:crypto'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Installation, run, shell } from '../support/installation.ts'

/** Files of the bucket, by key. */
function objects(bucket: string): string[] {
  return readdirSync(bucket, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(bucket, join(entry.parentPath, entry.name)))
    .sort()
}

const flushed = ['--commit-interval', '1h']

describe('the bucket tells nothing', () => {
  const secrets = {
    name: 'Zanzibar-Quartalszahlen-streng-geheim.xlsx',
    folder: 'Xylophonwerkstatt-Personalakten',
    link: '/home/wolperdinger/Geheimversteck',
    attribute: 'user.kryptozoologie',
    value: 'Feuersalamander-im-Keller',
    content: 'The quick onyx goblin jumps over the lazy dwarf, 4711 times.',
  }

  /** How a text may lie in bytes: encodings of characters, base64 at each alignment, hexadecimal. */
  function forms(text: string): Buffer[] {
    const bytes = Buffer.from(text)
    const wide = Buffer.from(text, 'utf16le')
    const base64 = [0, 1, 2].map((shift) =>
      Buffer.concat([Buffer.alloc(shift), bytes])
        .toString('base64')
        .slice(4, -4),
    )
    return [
      bytes,
      wide,
      Buffer.from(wide).swap16(),
      ...base64.map((form) => Buffer.from(form)),
      Buffer.from(bytes.toString('hex')),
      Buffer.from(bytes.toString('hex').toUpperCase()),
      Buffer.from(bytes).reverse(),
    ]
  }

  function revealed(files: readonly string[]): string[] {
    const found: string[] = []
    for (const file of files) {
      const bytes = Buffer.concat([Buffer.from(file), readFileSync(file)])
      for (const [what, text] of Object.entries(secrets)) {
        for (const [n, form] of forms(text).entries()) {
          if (bytes.includes(form)) found.push(`${what} in form ${n} in ${file}`)
        }
      }
    }
    return found
  }

  it('of names and contents, in no encoding, also without compression', () => {
    const place = new Installation()
    place.make('--kdf-cost', '12')
    const { name, folder, link, attribute, value, content } = secrets
    const fill = (target: string) => {
      shell(
        `cd "$1"; mkdir "$3"; printf %s "$6" > "$2"; ln -s "$4" "$3/link"; ln "$2" "$3/$2"
         setfattr -n "$5" -v "$7" "$2"
         for n in $(seq 3000); do printf '%s %s\n' "$6" $n; done > "$3/long"
         mkdir "$3/many"; for n in $(seq 200); do touch "$3/many/$2-$n"; done`,
        target,
        name,
        folder,
        link,
        attribute,
        content,
        value,
      )
    }
    for (const compress of ['none', 'zstd-3', 'zlib-6']) {
      place.mount('--compress', compress)
      const target = join(place.mountPoint, compress)
      mkdirSync(target)
      fill(target)
      place.umount()
    }
    const paths = objects(place.bucket).map((key) => join(place.bucket, key))
    expect(paths.length).toBeGreaterThan(4)
    expect(revealed(paths)).toEqual([])

    // The search is one that would find something: in a file system that is not encrypted.
    const plain = new Installation()
    plain.must(['mkfs', '--plain', plain.url])
    plain.mount('--compress', 'none')
    fill(plain.mountPoint)
    plain.umount()
    expect(
      revealed(objects(plain.bucket).map((key) => join(plain.bucket, key))).length,
    ).toBeGreaterThan(0)
  })

  it('of the sizes of single small files', () => {
    const place = new Installation()
    place.make('--kdf-cost', '12')
    place.mount(...flushed, '--compress', 'none')
    const known = new Set(objects(place.bucket))
    const classes = new Map<string, number[]>()
    for (const size of [0, 1, 2, 17, 100, 333, 512, 1000, 1024, 1500, 2000, 2500, 3000, 3200]) {
      writeFileSync(join(place.mountPoint, `${size}`), randomBytes(size))
      place.flush()
      const sizes: number[] = []
      for (const key of objects(place.bucket)) {
        if (known.has(key)) continue
        known.add(key)
        if (!key.startsWith('checkpoint/')) sizes.push(statSync(join(place.bucket, key)).size)
      }
      const seen = sizes.sort().join('+')
      classes.set(seen, [...(classes.get(seen) ?? []), size])
    }
    place.umount()
    expect([...classes], 'sizes of objects, and the files behind them').toHaveLength(1)
  })

  it('of equal contents in two file systems with the same passphrase', () => {
    const seen = new Set<string>()
    let blocks = 0
    const data = randomBytes(300_000)
    for (const place of [new Installation(), new Installation()]) {
      place.make('--kdf-cost', '12')
      place.mount()
      writeFileSync(join(place.mountPoint, 'same'), data)
      place.umount()
      for (const key of objects(place.bucket)) {
        const bytes = readFileSync(join(place.bucket, key))
        for (let at = 64; at + 32 <= bytes.length; at += 16) {
          seen.add(bytes.toString('latin1', at, at + 32))
          blocks++
        }
      }
    }
    // Sixteen bytes may be alike by chance of the format; many are not.
    expect(blocks - seen.size).toBeLessThan(32)
  })
})

describe('a changed bucket', () => {
  /** A file system with packs, log objects and files of all sizes, and a copy of what is in it. */
  function sample(): { place: Installation; original: string } {
    const place = new Installation()
    place.make('--kdf-cost', '12')
    place.mount(...flushed)
    const original = join(place.folder, 'original')
    mkdirSync(original)
    for (const [round, sizes] of [
      [10, 5000],
      [700_000, 3_000_000, 40],
      [90_000],
      [2_000_000],
    ].entries()) {
      for (const size of sizes) {
        const data = randomBytes(size)
        for (const folder of [original, place.mountPoint]) {
          writeFileSync(join(folder, `file-${round}-${size}`), data)
        }
      }
      place.flush()
    }
    place.umount()
    return { place, original }
  }

  /**
   * Mounts a changed copy on a machine that has not seen it, and reads everything.
   *
   * @returns what was noticed: a refusal of the mount, files that cannot be read, findings of a check that
   *   reads every byte
   */
  function inspect(
    place: Installation,
    original: string,
    change: (bucket: string) => void,
  ): string[] {
    const copy = join(place.folder, 'copy')
    const url = `local://${copy}`
    rmSync(copy, { recursive: true, force: true })
    cpSync(place.bucket, copy, { recursive: true })
    change(copy)
    place.loseState()
    const args = ['mount', '--read-only', '--cachedir', place.state, url, place.mountPoint]
    const { status, stderr } = place.stratus(args)
    if (status !== 0) {
      expect(stderr).toMatch(/^stratus mount: [^\n]+\n$/)
      // Damage, an object that is missing, a format that is none, or another file system.
      expect([44, 60, 33, 18, 17], stderr).toContain(status)
      return [stderr.trim()]
    }
    try {
      // cmp ends with 1 when bytes differ and with 2 when they cannot be read.
      const noticed = shell(
        `cd "$1"
         [ "$(ls "$1")" = "$(ls "$2")" ] || echo "WRONG names: $(ls "$2")"
         for file in *; do
           status=0; cmp "$file" "$2/$file" > "$3" 2>&1 || status=$?
           [ $status != 1 ] || echo "WRONG $(cat "$3")"
           [ $status != 2 ] || echo "unreadable $file: $(cat "$3")"
         done`,
        original,
        place.mountPoint,
        join(place.folder, 'cmp.txt'),
      )
      expect(noticed).not.toContain('WRONG')
      for (const line of noticed.trim().split('\n')) {
        if (line !== '') expect(line).toMatch(/Input\/output error/)
      }
      if (noticed !== '') return noticed.trim().split('\n')
    } finally {
      place.umount()
    }
    const checked = place.stratus(['fsck', '--data', url])
    // Errors in the file system; nothing else may be wrong with the check.
    expect([0, 128], checked.stderr).toContain(checked.status)
    return checked.status === 0 ? [] : [`fsck: ${checked.status}`]
  }

  it('with one byte flipped, in any object, is noticed', { timeout: 200_000 }, () => {
    const { place, original } = sample()
    expect(inspect(place, original, () => {})).toEqual([])
    const keys = objects(place.bucket)
    expect(keys.filter((key) => key.startsWith('pack/')).length).toBeGreaterThan(1)
    expect(keys.filter((key) => key.startsWith('log/')).length).toBeGreaterThan(3)
    const unnoticed: string[] = []
    for (const [n, key] of keys.entries()) {
      const size = statSync(join(place.bucket, key)).size
      // Both ends, and a place that wanders from front to end. Of a pack these are its header, its blocks
      // and its index, which no read needs while the log is there.
      const wandering = Math.floor((size - 1) * (n / keys.length))
      for (const at of new Set([n % 64, wandering, size - 1 - (n % 64)])) {
        const noticed = inspect(place, original, (bucket) => {
          const bytes = readFileSync(join(bucket, key))
          bytes[at] = (bytes[at] as number) ^ (1 << (n % 8))
          writeFileSync(join(bucket, key), bytes)
        })
        if (noticed.length === 0) unnoticed.push(`${key} at ${at} of ${size}`)
      }
    }
    expect(unnoticed).toEqual([])
  })

  it('with objects in the place of others, or without some, is noticed', {
    timeout: 200_000,
  }, () => {
    const { place, original } = sample()
    const keys = objects(place.bucket)
    const packs = keys.filter((key) => key.startsWith('pack/')) as [string, string]
    const log = keys.filter((key) => key.startsWith('log/'))
    const [, second = '', third = ''] = log
    const last = log.at(-1) ?? ''
    const other = new Installation()
    other.make('--kdf-cost', '12')

    const exchange = (a: string, b: string) => (bucket: string) => {
      renameSync(join(bucket, a), join(bucket, 'aside'))
      renameSync(join(bucket, b), join(bucket, a))
      renameSync(join(bucket, 'aside'), join(bucket, b))
    }
    const copied = (from: string, to: string) => (bucket: string) =>
      cpSync(join(bucket, from), join(bucket, to))
    const changes: Record<string, (bucket: string) => void> = {
      'packs exchanged': exchange(packs[0], packs[1]),
      'log objects exchanged': exchange(second, third),
      'an old log object as the newest': copied(second, last),
      'a log object as a pack': copied(second, packs[0]),
      'a pack as a log object': copied(packs[0], third),
      'a log object is missing': (bucket) => rmSync(join(bucket, second)),
      'a pack is missing': (bucket) => rmSync(join(bucket, packs[0])),
      'a pack is cut': (bucket) => {
        shell('truncate -s -1 "$1"', join(bucket, packs[0]))
      },
      'the superblock of another file system': (bucket) =>
        cpSync(join(other.bucket, 'stratus-superblock'), join(bucket, 'stratus-superblock')),
    }
    const unnoticed: string[] = []
    for (const [what, change] of Object.entries(changes)) {
      if (inspect(place, original, change).length === 0) unnoticed.push(what)
    }
    expect(unnoticed).toEqual([])
  })

  it('is not mounted when it is older than what this machine has seen', () => {
    const { place } = sample()
    place.mount()
    writeFileSync(join(place.mountPoint, 'later'), 'later')
    const before = join(place.folder, 'before')
    cpSync(place.bucket, before, { recursive: true })
    place.umount()
    rmSync(place.bucket, { recursive: true })
    renameSync(before, place.bucket)
    const refused = place.stratus(['mount', '--cachedir', place.state, place.url, place.mountPoint])
    expect(refused).toMatchObject({ status: 54 })
    expect(refused.stderr).toMatch(/^stratus mount: [^\n]*--accept-rollback[^\n]*\n$/)
    expect(run('mountpoint', ['-q', place.mountPoint]).status).not.toBe(0)
  })
})
