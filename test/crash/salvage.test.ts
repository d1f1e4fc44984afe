/**
 * What a machine acknowledged and could not commit, because another one took over, comes out of its
 * journal; and nothing that is there already is touched.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StratusError } from '../../src/core/index.ts'
import type { Salvaged } from '../../src/engine/recovery/salvage.ts'
import { EngineBench, type Mounted } from '../support/engine-bench.ts'
import { salvageAll } from '../support/salvage-bench.ts'

let bench: EngineBench

beforeEach(() => {
  bench = new EngineBench()
})

afterEach(() => bench[Symbol.dispose]())

const big = randomBytes(2_500_000)
const patch = randomBytes(100_000)
const takeOver = { force: true }

/** Machine a commits, another takes over and writes, and a goes on without knowing. */
async function fencedMachine(): Promise<Mounted> {
  const a = await bench.mount({ settings: { segmentBytes: 4096 } })
  await a.files.mkdir('/work', 0o755)
  await a.files.writeFile('/work/big', big)
  await a.files.writeFile('/work/old', Buffer.from('old'))
  await a.files.writeFile('/work/gone', Buffer.from('gone'))
  await a.fileSystem.flush()

  const b = await bench.mount({ machine: 'b', settings: takeOver })
  await b.files.writeFile('/from-b', randomBytes(1000))
  await b.files.writeFile('/work/big', Buffer.from('of b'))
  await b.unmount()

  await a.files.writeFile('/work/new', Buffer.from('new'))
  await patchFile(a, '/work/big')
  await a.files.rename('/work/old', '/work/renamed')
  await a.files.unlink('/work/gone')
  await expect(a.fileSystem.flush()).rejects.toMatchObject({ code: 'FENCED' })
  return a
}

/** Writes into the middle of a file. */
async function patchFile({ files, fileSystem }: Mounted, path: string): Promise<void> {
  const { ino } = await files.stat(path)
  await fileSystem.operations.write(Number(ino), 1_000_000, patch, 0)
  await fileSystem.operations.settle()
}

function expectedBig(): Buffer {
  const expected = Buffer.from(big)
  patch.copy(expected, 1_000_000)
  return expected
}

/** Names, sizes and times of all that is in a folder. */
function picture(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name))
      return `${name} ${size} ${mtimeMs}`
    })
}

function only(all: readonly Salvaged[]): Salvaged {
  expect(all).toHaveLength(1)
  return all[0] as Salvaged
}

function expectFiles({ folder }: Salvaged): void {
  const files = join(folder, 'files/work')
  expect(readdirSync(files).sort()).toEqual(['big', 'new'])
  expect(readFileSync(join(files, 'new'), 'utf8')).toBe('new')
  expect(readFileSync(join(files, 'big')).equals(expectedBig())).toBe(true)
  const report = readFileSync(join(folder, 'report.txt'), 'utf8')
  expect(report).toContain('made  /work/new')
  expect(report).toContain('renamed  /work/old  to  /work/renamed')
  expect(report).toContain('removed  /work/gone')
}

describe('salvage', () => {
  it('brings out what a fenced machine could not commit', async () => {
    const a = await fencedMachine()
    a.kill()
    const salvaged = only(await salvageAll(bench, 'a'))
    expect(salvaged).toMatchObject({ files: 2, incomplete: 0, operations: 3 })
    expectFiles(salvaged)
  })

  it('changes neither the journal nor the view nor the bucket', async () => {
    const a = await fencedMachine()
    a.kill()
    const objects = async () => {
      const keys: string[] = []
      for await (const { key, sizeBytes } of bench.backend.list(''))
        keys.push(`${key} ${sizeBytes}`)
      return keys
    }
    const before = [picture(join(bench.folder, 'a')), await objects()]
    await salvageAll(bench, 'a')
    expect([picture(join(bench.folder, 'a')), await objects()]).toEqual(before)
  })

  it('brings out a journal that a forced mount left behind', async () => {
    const a = await fencedMachine()
    a.kill()
    await expect(bench.mount()).rejects.toMatchObject({ code: 'HISTORY_DIVERGED' })
    const again = await bench.mount({ settings: takeOver })
    const ofB = await again.files.readFile('/work/big')
    expect(Buffer.from(ofB.subarray(0, 4)).toString()).toBe('of b')
    await again.unmount()
    const salvaged = only(await salvageAll(bench, 'a'))
    expect(salvaged.folder).toContain('journal-left-behind-')
    expectFiles(salvaged)
  })

  it('without a state to start from brings out what was written, and says so', async () => {
    const a = await fencedMachine()
    a.kill()
    for (const name of ['view.db', 'view.db-wal', 'view.db-shm']) {
      rmSync(join(bench.folder, 'a', name), { force: true })
    }
    for await (const { key } of bench.backend.list('log/')) await bench.backend.delete(key)
    const salvaged = only(await salvageAll(bench, 'a'))
    expect(salvaged.incomplete).toBe(1)
    const report = readFileSync(join(salvaged.folder, 'report.txt'), 'utf8')
    expect(report).toContain('only what was written is known')
    expect(report).toMatch(/inode-\d+ {2}\(incomplete; known: 100000 bytes from 1000000\)/)
    const files = join(salvaged.folder, 'files')
    const found = readdirSync(files, { recursive: true, encoding: 'utf8' })
    const path = found.find((name) => name.endsWith('/new')) ?? ''
    expect(readFileSync(join(files, path), 'utf8')).toBe('new')
  })

  it('with a base that was lost brings out the parts that were written', async () => {
    const a = await fencedMachine()
    a.kill()
    for await (const { key } of bench.backend.list('pack/')) await bench.backend.delete(key)
    const salvaged = only(await salvageAll(bench, 'a'))
    expect(salvaged).toMatchObject({ files: 2, incomplete: 1 })
    const found = readFileSync(join(salvaged.folder, 'files/work/big'))
    expect(found.subarray(1_000_000, 1_100_000).equals(patch)).toBe(true)
    expect(found.length).toBe(big.length)
    const report = readFileSync(join(salvaged.folder, 'report.txt'), 'utf8')
    expect(report).toContain('/files/work/big  (incomplete; known: 100000 bytes from 1000000)')
  })

  it('finds nothing where everything was committed', async () => {
    const a = await bench.mount()
    await a.files.writeFile('/x', Buffer.from('x'))
    await a.fileSystem.flush()
    a.kill()
    expect(await salvageAll(bench, 'a')).toEqual([])
    const error = await bench.mount({ machine: 'b' }).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(StratusError)
  })
})
