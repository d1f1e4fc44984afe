/**
 * Checkpoints, the end of old log objects, and garbage: what the bucket loses over time is never anything
 * that a mount needs.
 */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { GetOptions } from '../../src/core/object-backend.ts'
import {
  MemoryBackend,
  type StoredObject,
} from '../../src/plugins/backend-memory/memory-backend.ts'
import { dice } from '../support/bad-weather.ts'
import { bucketOf } from '../support/crash-pictures.ts'
import { EngineBench, type Mounted } from '../support/engine-bench.ts'
import { treePicture } from '../support/tree-picture.ts'

const checkpoint = { logBytesMin: 1 << 30, logObjectsMax: 4, partBytes: 2000 }
const settings = { checkpoint }

let objects: Map<string, StoredObject>
let bench: EngineBench
let machines = 0

beforeEach(() => {
  objects = new Map()
  bench = new EngineBench(new MemoryBackend(objects, Date.now))
})

afterEach(() => bench[Symbol.dispose]())

function noise(seed: string | number, count: number): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; at < count; at += 32)
    chunks.push(createHash('sha256').update(`${seed}/${at}`).digest())
  return Buffer.concat(chunks).subarray(0, count)
}

function keys(prefix: string): string[] {
  return [...objects.keys()].filter((key) => key.startsWith(prefix)).sort()
}

function storedBytes(): number {
  return [...objects.values()].reduce((sum, { body }) => sum + body.length, 0)
}

/** The tree that a machine finds that knows nothing. */
async function elsewhere(bucket: ReadonlyMap<string, StoredObject> = objects): Promise<string[]> {
  const machine = `other-${machines++}`
  const backend = bucketOf(bucket)
  const other = await bench.mount({ machine, backend, settings: { readOnly: true } })
  const picture = await treePicture(other.files)
  await other.unmount()
  return picture
}

async function commit(mounted: Mounted, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await mounted.files.writeFile('/beat', noise(`beat ${n}`, 40))
    await mounted.fileSystem.flush()
  }
}

describe('a bucket that has been used for long', () => {
  it.each([1, 2, 3])(
    'gives the same tree from itself alone after any commit, seed %i',
    async (seed) => {
      const roll = dice(seed)
      let mounted = await bench.mount({ settings })
      for (let n = 0; n < 60; n++) {
        const path = `/f${Math.floor(roll() * 9)}`
        const size =
          roll() < 0.4 ? 300_000 + Math.floor(roll() * 400_000) : Math.floor(roll() * 30_000)
        // A few contents come back, also after they died.
        await mounted.files.writeFile(path, noise(Math.floor(roll() * 12), size))
        if (roll() < 0.3) await mounted.files.unlink(path)
        if (roll() < 0.2)
          await mounted.files.truncate('/f0', Math.floor(roll() * 100_000)).catch(() => {})
        await mounted.fileSystem.flush()
        const expected = await treePicture(mounted.files)
        if (n % 6 === 5) expect(await elsewhere(), `commit ${n}`).toEqual(expected)
        if (n % 20 === 19) {
          await mounted.unmount()
          mounted = await bench.mount({ settings })
        }
      }
      const expected = await treePicture(mounted.files)
      await mounted.unmount()
      expect(await elsewhere()).toEqual(expected)
    },
  )

  it('keeps two checkpoints and the log behind the older one, whatever the length of sessions', async () => {
    for (let session = 0; session < 8; session++) {
      const mounted = await bench.mount({ settings })
      await commit(mounted, 3)
      await mounted.unmount()
    }
    const manifests = keys('checkpoint/').filter((key) => key.endsWith('manifest'))
    expect(manifests).toHaveLength(2)
    expect(keys('log/').length).toBeLessThan(16)
    // Each is a multiple of the part that the log has grown by, not one for each mount.
    expect(keys('log/')[0]).not.toBe('log/0000000000000001')
  })

  it('makes no checkpoint at each mount', async () => {
    let mounted = await bench.mount({
      settings: { checkpoint: { ...checkpoint, logObjectsMax: 20 } },
    })
    await commit(mounted, 25)
    await mounted.unmount()
    const before = keys('checkpoint/')
    expect(before.length).toBeGreaterThan(0)
    for (let session = 0; session < 3; session++) {
      mounted = await bench.mount({
        settings: { checkpoint: { ...checkpoint, logObjectsMax: 20 } },
      })
      await commit(mounted, 1)
      await mounted.unmount()
    }
    expect(keys('checkpoint/')).toEqual(before)
  })

  it('merges the packs inside log objects, so that the log can go', async () => {
    const mounted = await bench.mount({ settings })
    for (let n = 0; n < 30; n++) {
      await mounted.files.writeFile(`/f${n}`, noise(n, 5000))
      await mounted.fileSystem.flush()
    }
    const expected = await treePicture(mounted.files)
    await mounted.unmount()
    expect(keys('log/').length).toBeLessThan(15)
    expect(keys('pack/').length).toBeGreaterThan(0)
    expect(keys('pack/').length).toBeLessThan(10)
    expect(await elsewhere()).toEqual(expected)
  })

  it('gives back the space of what was deleted', async () => {
    const mounted = await bench.mount({ settings })
    for (let n = 0; n < 6; n++) {
      await mounted.files.writeFile(`/big-${n}`, noise(n, 1_000_000))
      await mounted.fileSystem.flush()
    }
    const full = storedBytes()
    for (let n = 0; n < 6; n++) await mounted.files.unlink(`/big-${n}`)
    await commit(mounted, 20)
    await mounted.unmount()
    expect(full).toBeGreaterThan(6_000_000)
    expect(storedBytes()).toBeLessThan(300_000)
  })

  it('moves what is alive out of packs that are mostly dead', async () => {
    const mounted = await bench.mount({ settings })
    for (let n = 0; n < 10; n++) await mounted.files.writeFile(`/f${n}`, noise(n, 200_000))
    await mounted.fileSystem.flush()
    const packs = keys('pack/')
    for (let n = 1; n < 10; n++) await mounted.files.unlink(`/f${n}`)
    await commit(mounted, 20)
    const expected = await treePicture(mounted.files)
    await mounted.unmount()
    expect(keys('pack/').filter((key) => packs.includes(key))).toEqual([])
    expect(storedBytes()).toBeLessThan(500_000)
    expect(await elsewhere()).toEqual(expected)
  })

  it('keeps objects as long as the retention says', async () => {
    const mounted = await bench.mount({ settings: { checkpoint, retentionMs: 3_600_000 } })
    await mounted.files.writeFile('/a', noise('a', 600_000))
    await mounted.fileSystem.flush()
    const packs = keys('pack/')
    await mounted.files.unlink('/a')
    await commit(mounted, 20)
    await mounted.unmount()
    expect(keys('pack/')).toEqual(expect.arrayContaining(packs))
  })
})

describe('a machine that was away for long', () => {
  it('finds what others did, though the log it knew is gone', async () => {
    const first = await bench.mount({ settings })
    await first.files.writeFile('/a', noise('a', 500_000))
    await first.unmount()
    const second = await bench.mount({ machine: 'b', settings })
    for (let n = 0; n < 30; n++) {
      await second.files.writeFile(`/f${n % 5}`, noise(n, 300_000))
      await second.fileSystem.flush()
    }
    const expected = await treePicture(second.files)
    await second.unmount()
    expect(keys('log/')[0]).not.toBe('log/0000000000000001')
    const again = await bench.mount({ settings })
    expect(await treePicture(again.files)).toEqual(expected)
    await again.unmount()
  })
})

describe('content that is there already', () => {
  it('adds almost nothing under another name', async () => {
    const mounted = await bench.mount({ settings })
    await mounted.files.mkdir('/one', 0o755)
    for (let n = 0; n < 30; n++) await mounted.files.writeFile(`/one/f${n}`, noise(n, 40_000 + n))
    await mounted.files.writeFile('/one/big', noise('big', 3_000_000))
    await mounted.fileSystem.flush()
    const before = storedBytes()
    await mounted.files.mkdir('/two', 0o755)
    for (let n = 0; n < 30; n++) await mounted.files.writeFile(`/two/f${n}`, noise(n, 40_000 + n))
    await mounted.files.writeFile('/two/big', noise('big', 3_000_000))
    await mounted.fileSystem.flush()
    expect(before).toBeGreaterThan(4_000_000)
    expect(storedBytes() - before).toBeLessThan(20_000)
    // Either name may go.
    for (let n = 0; n < 30; n++) await mounted.files.unlink(`/one/f${n}`)
    await commit(mounted, 20)
    const expected = await treePicture(mounted.files)
    await mounted.unmount()
    expect(await elsewhere()).toEqual(expected)
  })

  it('is stored once when it comes twice in one commit', async () => {
    const mounted = await bench.mount({ settings })
    await mounted.files.writeFile('/a', noise('same', 900_000))
    await mounted.files.writeFile('/b', noise('same', 900_000))
    await mounted.fileSystem.flush()
    expect(storedBytes()).toBeLessThan(1_200_000)
    const expected = await treePicture(mounted.files)
    await mounted.unmount()
    expect(await elsewhere()).toEqual(expected)
  })

  it('may die and come back in one commit', async () => {
    const mounted = await bench.mount({ settings })
    await mounted.files.writeFile('/a', noise('phoenix', 700_000))
    await mounted.fileSystem.flush()
    for (let n = 0; n < 12; n++) {
      await mounted.files.unlink(n % 2 === 0 ? '/a' : '/b')
      await mounted.files.writeFile(n % 2 === 0 ? '/b' : '/a', noise('phoenix', 700_000))
      await mounted.fileSystem.flush()
    }
    const expected = await treePicture(mounted.files)
    await mounted.unmount()
    expect(storedBytes()).toBeLessThan(1_000_000)
    expect(await elsewhere()).toEqual(expected)
  })

  it('comes back while its pack goes, in the very commit that collects it', async () => {
    // Each number of commits between death and return: in one of them the collection is under way.
    for (let wait = 0; wait < 6; wait++) {
      const mounted = await bench.mount({ settings })
      const path = `/back-${wait}`
      await mounted.files.writeFile(path, noise(`doomed ${wait}`, 600_000))
      await mounted.fileSystem.flush()
      await mounted.files.unlink(path)
      await commit(mounted, wait)
      await mounted.files.writeFile(path, noise(`doomed ${wait}`, 600_000))
      await mounted.fileSystem.flush()
      const expected = await treePicture(mounted.files)
      expect(await elsewhere(), `after ${wait}`).toEqual(expected)
      await commit(mounted, 10)
      await mounted.unmount()
      const again = await treePictureOf(path)
      expect(again).toBe(
        createHash('sha256')
          .update(noise(`doomed ${wait}`, 600_000))
          .digest('hex'),
      )
    }
  })
})

/** SHA-256 of a file as another machine reads it. */
async function treePictureOf(path: string): Promise<string> {
  const other = await bench.mount({ machine: `other-${machines++}`, settings: { readOnly: true } })
  const data = await other.files.readFile(path)
  await other.unmount()
  return createHash('sha256').update(data).digest('hex')
}

/** A bucket whose next read of a pack waits until it is let through. */
class GatedBackend extends MemoryBackend {
  #gate: Promise<void> | undefined
  waiting = false

  hold(): () => void {
    let open: () => void = () => {}
    this.#gate = new Promise((resolve) => {
      open = resolve
    })
    return open
  }

  override async get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    const gate = this.#gate
    if (gate !== undefined && options.range !== undefined && options.range.length > 1) {
      this.#gate = undefined
      this.waiting = true
      await gate
    }
    return super.get(key, options)
  }
}

it('a read that was under way while its block moved finds it where it is now', async () => {
  const backend = new GatedBackend(objects, Date.now)
  using place = new EngineBench(backend)
  const first = await place.mount({ settings })
  await first.files.writeFile('/inline', noise('moves', 5000))
  await first.unmount()
  const second = await place.mount({ settings })
  const open = backend.hold()
  const reading = second.files.readFile('/inline')
  // Commits until checkpoints have moved the block out of its log object and that object is gone.
  const logs = keys('log/')
  for (let n = 0; n < 20; n++) await commit(second, 1)
  expect(backend.waiting).toBe(true)
  expect(logs.some((key) => !objects.has(key))).toBe(true)
  open()
  expect(Buffer.compare(Buffer.from(await reading), noise('moves', 5000))).toBe(0)
  await second.unmount()
})
