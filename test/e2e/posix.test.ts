/**
 * Every rule of `posix-rules.ts` on a Stratus mount, and on the local disk, which shows that the rule
 * itself is right. In the end what the rules left behind is compared on a machine that has nothing but
 * the bucket.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bench, succeed } from '../support/cli.ts'
import { differences, shell } from '../support/installation.ts'
import { posixRules } from './posix-rules.ts'

const input = 'correct horse battery staple\n'
const bench = new Bench()
const localDisk = mkdtempSync(join(tmpdir(), 'stratus-local-'))

beforeAll(async () => {
  await succeed(['mkfs', '--kdf-cost', '12', bench.url], { input })
  await succeed(bench.mountArgs('--allow-other'), { input })
})

afterAll(async () => {
  await bench[Symbol.asyncDispose]()
  rmSync(localDisk, { recursive: true, force: true })
})

describe.each([
  ['a Stratus mount', bench.mountPoint],
  ['the local disk', localDisk],
])('on %s', (_, place) => {
  it.each(Object.entries(posixRules))('%s', (sentence, rule) => {
    const folder = join(place, sentence)
    mkdirSync(folder)
    rule(folder)
  })
})

it('what the rules left is there on a machine that has nothing but the bucket', async () => {
  const copy = join(localDisk, 'copy')
  shell('rsync -aHAXS "$1/" "$2/"', bench.mountPoint, copy)
  await succeed(['umount', bench.mountPoint])
  rmSync(bench.cache, { recursive: true })
  await succeed(['fsck', bench.url], { input })
  await succeed(bench.mountArgs(), { input })
  expect(differences(copy, bench.mountPoint)).toBe('')
})
