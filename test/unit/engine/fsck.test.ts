import { randomBytes } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ObjectEntry } from '../../../src/core/index.ts'
import { genesisHash, sealLogObject } from '../../../src/format/log-object.ts'
import { checkpointKey, logKey, SUPERBLOCK_KEY } from '../../../src/format/object-keys.ts'
import { MemoryBackend } from '../../../src/plugins/backend-memory/memory-backend.ts'
import { EngineBench } from '../../support/engine-bench.ts'
import { check } from '../../support/fsck-bench.ts'

let bench: EngineBench

beforeEach(() => {
  bench = new EngineBench()
})

afterEach(() => bench[Symbol.dispose]())

/** Settings that make checkpoints often. */
const checkpoint = { logBytesMin: 1, logObjectsMax: 4, partBytes: 1 << 20 }

/** Fills a bucket with a bit of everything: large and small files, links, a checkpoint, garbage. */
async function fill(): Promise<void> {
  const { files, fileSystem, unmount } = await bench.mount({ settings: { checkpoint } })
  await files.mkdir('/a', 0o755)
  await files.mkdir('/a/b', 0o755)
  await files.writeFile('/a/big', randomBytes(1_500_000))
  await files.writeFile('/a/small', Buffer.from('small'))
  await files.symlink('target', '/a/link')
  await files.link('/a/small', '/a/b/again')
  await fileSystem.flush()
  for (let round = 0; round < 12; round++) {
    await files.writeFile(`/a/b/${round}`, randomBytes(1000))
    await fileSystem.flush()
  }
  await files.unlink('/a/b/3')
  await files.rename('/a/b', '/c')
  await unmount()
}

async function keys(prefix: string): Promise<ObjectEntry[]> {
  const found: ObjectEntry[] = []
  for await (const entry of bench.backend.list(prefix)) found.push(entry)
  return found
}

async function lastKey(prefix: string): Promise<string> {
  return (await keys(prefix)).at(-1)?.key ?? ''
}

/** Flips a bit of an object, at a place from its start or, when negative, from its end. */
async function flip(key: string, place = -20): Promise<void> {
  const bytes = await bench.backend.get(key)
  const at = place < 0 ? bytes.length + place : place
  bytes[at] = (bytes[at] ?? 0) ^ 1
  await bench.backend.put(key, bytes)
}

async function idsOf(severity = 'error'): Promise<string[]> {
  const { findings } = await check(bench)
  return [...new Set(findings.filter((found) => found.severity === severity).map(({ id }) => id))]
}

describe('fsck of a sound file system', () => {
  it('finds nothing after an unmount, and tells what there is', async () => {
    await fill()
    const report = await check(bench)
    expect(report.findings).toEqual([])
    expect(report.errors).toBe(0)
    expect(report.totals).toMatchObject({ inodes: 17, packs: expect.any(Number) })
    expect(report.objects).toBe((await keys('')).length)
    expect((await keys('checkpoint/')).length).toBeGreaterThan(2)
  })

  it('finds nothing in a file system that was just made', async () => {
    await bench.make()
    expect((await check(bench)).findings).toEqual([])
  })

  it('changes no object', async () => {
    await fill()
    const before = await keys('')
    await check(bench, 'a')
    expect(await keys('')).toEqual(before)
  })

  it('tells of a session that did not end and of an inode without a name', async () => {
    const first = await bench.mount()
    await first.files.writeFile('/open', Buffer.from('open'))
    const { ino } = await first.files.stat('/open')
    first.fileSystem.operations.lookup(1, 'open')
    await first.files.unlink('/open')
    await first.fileSystem.flush()
    first.kill()
    const { findings, errors } = await check(bench)
    expect(errors).toBe(0)
    expect(findings).toMatchObject([
      { id: 'orphan', severity: 'info', details: { ino: Number(ino) } },
      { id: 'session', severity: 'info', details: { host: 'a' } },
    ])
  })

  it('tells of changes that only this machine has', async () => {
    const first = await bench.mount()
    await first.fileSystem.flush()
    await first.files.writeFile('/late', randomBytes(5000))
    first.kill()
    const { findings, errors } = await check(bench, 'a')
    expect(errors).toBe(0)
    const found = findings.find(({ id }) => id === 'local-journal')
    expect(found).toMatchObject({
      severity: 'info',
      details: { folder: join(bench.folder, 'a/journal') },
    })
    expect(found?.details['bytes']).toBeGreaterThan(5000)
    expect((await check(bench, 'b')).findings.map(({ id }) => id)).not.toContain('local-journal')
  })
})

describe('fsck of a damaged bucket', () => {
  beforeEach(fill)

  it('reports a superblock that was tampered with', async () => {
    const other = new EngineBench(new MemoryBackend(new Map(), Date.now))
    await other.make()
    await bench.backend.put(SUPERBLOCK_KEY, await other.backend.get(SUPERBLOCK_KEY))
    other[Symbol.dispose]()
    expect(await idsOf()).toEqual(['superblock'])
    await flip(SUPERBLOCK_KEY)
    expect(await idsOf()).toEqual(['superblock'])
  })

  it('reports a commit that cannot be read, and that no view can be built', async () => {
    await flip(await lastKey('log/'))
    expect(await idsOf()).toEqual(['view', 'log'])
  })

  it('reports a commit that is missing in the middle', async () => {
    const logs = await keys('log/')
    await bench.backend.delete(logs.at(-2)?.key ?? '')
    const { findings } = await check(bench)
    const found = findings.find(({ id }) => id === 'log')
    const first = Number.parseInt(logs.at(-2)?.key.slice(4) ?? '', 16)
    expect(found).toMatchObject({ severity: 'error', details: { first, last: first } })
  })

  it('reports a commit that does not follow the one before', async () => {
    const { sealing } = bench.reader()
    const key = await lastKey('log/')
    const sequence = Number.parseInt(key.slice(4), 16)
    const header = { sequence, session: '', journal: '', journalPosition: 0, committedMs: 0 }
    const previous = genesisHash(randomBytes(16))
    const content = { id: randomBytes(16), header: { ...header, previous } }
    const object = sealLogObject(sealing, { ...content, changes: new Uint8Array() })
    await bench.backend.put(key, object)
    expect(await idsOf()).toEqual(['view', 'log'])
  })

  it('reports parts of a checkpoint that are missing or have another size', async () => {
    const manifest = (await keys('checkpoint/')).filter(({ key }) => key.endsWith('manifest'))
    const oldest = Number.parseInt(manifest[0]?.key.split('/')[1] ?? '', 16)
    await bench.backend.delete(checkpointKey(oldest, 0))
    await bench.backend.put(checkpointKey(oldest, 1), Buffer.from('short'))
    const { findings } = await check(bench)
    expect(findings).toMatchObject([
      { id: 'checkpoint', severity: 'error', details: { sequence: oldest, part: 0 } },
      { id: 'checkpoint', severity: 'error', details: { sequence: oldest, part: 1, found: 5 } },
    ])
  })

  it('reports a manifest that is damaged, and goes on with the older checkpoint', async () => {
    await flip(await lastKey('checkpoint/'))
    expect(await idsOf()).toEqual(['checkpoint'])
  })

  it('reports packs whose object is missing or has another size', async () => {
    const packs = await keys('pack/')
    expect(packs.length).toBeGreaterThan(1)
    const [first, second] = packs as [ObjectEntry, ObjectEntry]
    await bench.backend.delete(first.key)
    await bench.backend.put(second.key, (await bench.backend.get(second.key)).slice(1))
    const { findings } = await check(bench)
    expect(findings.map(({ id, severity }) => `${id} ${severity}`)).toEqual([
      'pack-object error',
      'pack-object error',
    ])
  })

  it('tells of objects that serve no purpose', async () => {
    await bench.backend.put(`pack/ab/ab${'0'.repeat(30)}`, Buffer.alloc(1000))
    await bench.backend.put(logKey(1), Buffer.alloc(10))
    await bench.backend.put(checkpointKey(1, 0), Buffer.alloc(10))
    await bench.backend.put('notes.txt', Buffer.alloc(10))
    const { findings } = await check(bench)
    const garbage = findings.filter(({ id }) => id === 'garbage')
    expect(garbage.map(({ details }) => details['kind']).sort()).toEqual([
      'checkpoint/',
      'log/',
      'other',
      'pack/',
    ])
    expect(garbage.every(({ severity }) => severity === 'info')).toBe(true)
  })

  it('reports a damaged file of the local journal', async () => {
    const { kill, files } = await bench.mount({ settings: { segmentBytes: 4096 } })
    for (const name of ['/x', '/y', '/z']) await files.writeFile(name, randomBytes(6000))
    kill()
    const folder = join(bench.folder, 'a/journal')
    const file = join(folder, readdirSync(folder).sort()[0] ?? '')
    writeFileSync(file, 'not a journal')
    const { findings } = await check(bench, 'a')
    expect(findings).toContainEqual(
      expect.objectContaining({ id: 'local-journal', severity: 'error', details: { file } }),
    )
  })
})

describe('fsck of every byte', () => {
  beforeEach(fill)

  /** Findings of a check that reads everything. */
  async function checkData() {
    return (await check(bench, undefined, true)).findings
  }

  /** Key of the older checkpoint's first part. */
  async function olderPart(): Promise<{ readonly sequence: number; readonly key: string }> {
    const manifests = (await keys('checkpoint/')).filter(({ key }) => key.endsWith('manifest'))
    expect(manifests).toHaveLength(2)
    const sequence = Number.parseInt(manifests[0]?.key.split('/')[1] ?? '', 16)
    return { sequence, key: checkpointKey(sequence, 0) }
  }

  it('finds nothing in a sound file system', async () => {
    expect(await checkData()).toEqual([])
  })

  // The header has 32 bytes and the trailer as many; the index, or its padding, ends before the trailer.
  it.each([
    ['the header', [0, 5, 6, 9, 10, 16, 31]],
    ['a block', [32, 500, 900]],
    ['the index', [-33, -60, -100]],
    ['the trailer', [-32, -17, -1]],
  ])('finds a flipped byte in %s of a pack, and does not look without', async (_, places) => {
    const packs = await keys('pack/')
    for (const { key } of packs.slice(0, 2)) {
      for (const place of places) {
        await flip(key, place)
        expect(await idsOf(), 'without').toEqual([])
        expect(await checkData(), `${key} at ${place}`).toMatchObject([
          { id: 'content', severity: 'error', message: 'a pack is damaged' },
        ])
        await flip(key, place)
      }
    }
    expect(await checkData()).toEqual([])
  })

  it('finds a flipped byte in a part of the older checkpoint, and does not look without', async () => {
    const { sequence, key } = await olderPart()
    for (const place of [0, 20, 100, -1]) {
      await flip(key, place)
      expect(await idsOf(), 'without').toEqual([])
      expect(await checkData(), `at ${place}`).toMatchObject([
        { id: 'content', severity: 'error', details: { sequence, part: 0 } },
      ])
      await flip(key, place)
    }
  })

  it('finds each object once when several are damaged', async () => {
    const packs = await keys('pack/')
    for (const { key } of packs) await flip(key, 40)
    await flip((await olderPart()).key, 40)
    const found = await checkData()
    expect(found.map(({ id }) => id)).toEqual(Array(packs.length + 1).fill('content'))
  })
})
