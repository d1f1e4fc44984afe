/** What is there after the daemon was killed, with and without its local state. */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { differences, Installation, run, shell } from '../support/installation.ts'

/** Writes A, then names in B what A holds, again and again; each file is one write and one close. */
const WITNESS = `
  cd "$1"; n=0
  while :; do
    n=$((n + 1))
    printf '%s' $n > A 2>/dev/null || exit 0
    printf '%s' $n > B 2>/dev/null || exit 0
    if [ $((n % 7)) = 0 ]; then mkdir -p "d$((n % 5))"; head -c $((n * 1000 % 300000)) /dev/zero | tr '\\0' x > "d$((n % 5))/f$((n % 11))" 2>/dev/null || exit 0; fi
  done`

it('after kill -9 everything acknowledged is there, without fsck', () => {
  const place = new Installation()
  place.make()
  place.mount()
  shell(
    'cp -a /usr/include/linux "$1/headers"; printf acknowledged > "$1/file"; ln "$1/file" "$1/link"',
    place.mountPoint,
  )
  place.kill()
  expect(run('ls', [place.mountPoint]).status).not.toBe(0)
  place.mount()
  expect(differences('/usr/include/linux', join(place.mountPoint, 'headers'))).toBe('')
  expect(shell('cat "$1/link"; stat -c %h "$1/file"', place.mountPoint)).toBe('acknowledged2\n')
  place.umount()
})

it('without local state the mount shows one moment of the past, never a mixture', async () => {
  const place = new Installation()
  place.make()
  const config = join(place.folder, 'stratus.yaml')
  writeFileSync(config, 'version: 1\ncommit: { interval: 200ms }\n')
  mkdirSync(join(place.folder, 'source'))
  shell('cp -a /usr/include/linux "$1/source/"', place.folder)
  for (let round = 0; round < 4; round++) {
    place.mount('--config', config)
    const witness = spawn('bash', ['-c', WITNESS, 'witness', place.mountPoint], { stdio: 'ignore' })
    const copier = spawn(
      'rsync',
      ['-a', join(place.folder, 'source/'), join(place.mountPoint, `copy${round}/`)],
      { stdio: 'ignore' },
    )
    // Long enough for several commits; which moment the kill hits does not matter.
    await new Promise((resolve) => setTimeout(resolve, 1500 + round * 300))
    place.kill()
    for (const child of [witness, copier]) child.kill('SIGKILL')
    place.loseState()
    place.mount('--config', config)
    const named = Number(readFileSync(join(place.mountPoint, 'B'), 'utf8'))
    const held = Number(readFileSync(join(place.mountPoint, 'A'), 'utf8') || '0')
    // Between truncation and write a file is empty for a moment, which is a moment too.
    if (held !== 0) {
      expect(held).toBeGreaterThanOrEqual(named)
      if (named !== 0) expect(held).toBeLessThanOrEqual(named + 1)
    }
    // Every file of the copy is as it was at that moment: a prefix of the copy, no wrong bytes.
    const wrong = shell(
      'cd "$1"; find . -type f ! -name ".*" -size +0 | while read -r f; do cmp -s "$f" "$2/$f" || echo "$f"; done',
      join(place.mountPoint, `copy${round}`),
      join(place.folder, 'source'),
    )
    expect(wrong).toBe('')
    place.umount()
    expect(place.stratus(['fsck', place.url]).status).toBe(0)
  }
})

it('a second mount is refused; forced over, the first is fenced and loses nothing it committed', () => {
  const place = new Installation()
  place.make()
  place.mount()
  shell('echo first > "$1/first"', place.mountPoint)
  place.flush()
  const other = join(place.folder, 'other-mnt')
  const otherState = join(place.folder, 'other-state')
  for (const path of [other, otherState]) mkdirSync(path)
  const refused = place.stratus(['mount', '--cachedir', otherState, place.url, other])
  expect(refused.status).not.toBe(0)
  expect(refused.stderr).toMatch(/mounted/)
  expect(refused.stderr.trim().split('\n')).toHaveLength(1)
  try {
    place.must(['mount', '--cachedir', otherState, '--force', place.url, other])
    shell('echo second > "$1/second"', other)
    place.must(['ctrl', 'flush', other])
    // The first notices at its next commit.
    run('bash', ['-c', 'echo late > "$1/late"', 'x', place.mountPoint])
    expect(place.stratus(['ctrl', 'flush', place.mountPoint]).status).not.toBe(0)
    expect(run('bash', ['-c', 'echo more > "$1/more"', 'x', place.mountPoint]).stderr).toMatch(
      /[Rr]ead-only/,
    )
    expect(shell('cat "$1/first" "$1/second"', other)).toBe('first\nsecond\n')
    place.must(['umount', other])
  } finally {
    run('umount', ['-l', other])
  }
})

it('somebody deletes the local state under a live mount: everything still reaches the bucket', () => {
  const place = new Installation()
  place.make()
  place.mount()
  shell('cp -a /usr/include/linux "$1/before"', place.mountPoint)
  place.loseState()
  shell('cp -a /usr/include/linux "$1/after"', place.mountPoint)
  place.flush()
  place.umount()
  place.mount()
  for (const copy of ['before', 'after']) {
    expect(differences('/usr/include/linux', join(place.mountPoint, copy))).toBe('')
  }
  place.umount()
})
