/**
 * A local disk that is full: writers wait or hear of it, nothing that was acknowledged is lost, and all goes
 * on when there is room again. On a small file system in memory, which only root may mount.
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  MemoryBackend,
  type StoredObject,
} from '../../src/plugins/backend-memory/memory-backend.ts'
import { BadWeather, hastyClock } from '../support/bad-weather.ts'
import { EngineBench } from '../support/engine-bench.ts'
import { rejectionCode } from '../support/error-code.ts'
import { treePicture } from '../support/tree-picture.ts'

const DISK_BYTES = 48 << 20

function mountDisk(folder: string): boolean {
  const options = `size=${DISK_BYTES},mode=700`
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'stratus-test', folder]).status === 0
}

const probe = mkdtempSync(join(tmpdir(), 'stratus-disk-'))
const possible = mountDisk(probe)
if (possible) spawnSync('umount', ['-l', probe])
rmSync(probe, { recursive: true })

let disk: string
let fillers = 0
let bench: EngineBench
let backend: BadWeather
let objects: Map<string, StoredObject>

beforeEach(async () => {
  disk = mkdtempSync(join(tmpdir(), 'stratus-disk-'))
  if (possible) mountDisk(disk)
  objects = new Map()
  bench = new EngineBench(new MemoryBackend(objects, Date.now))
  await bench.make()
  backend = new BadWeather(new MemoryBackend(objects, Date.now))
})

afterEach(() => {
  bench[Symbol.dispose]()
  if (possible) spawnSync('umount', ['-l', disk])
  rmSync(disk, { recursive: true })
})

function free(): number {
  const { bavail, bsize } = statfsSync(disk)
  return bavail * bsize
}

/** Fills the disk but for `left` bytes. */
function fill(left: number): string {
  const file = join(disk, `filler-${fillers++}`)
  writeFileSync(file, Buffer.alloc(Math.max(0, free() - left)))
  return file
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const mount = (settings = {}) =>
  bench.mount({ stateDirectory: disk, backend, clock: hastyClock, settings })

/** What a machine that knows nothing finds. */
async function elsewhere(): Promise<string[]> {
  const other = await bench.mount({ machine: `b${objects.size}`, settings: { force: true } })
  const picture = await treePicture(other.files)
  other.kill()
  return picture
}

describe.skipIf(!possible)('a full local disk (needs the right to mount)', () => {
  it('makes writers wait while the bucket is gone, and lets them go on when it is back', async () => {
    const mounted = await mount({ cacheBytes: 1 << 30 })
    await mounted.files.writeFile('/before', randomBytes(1_000_000))
    await mounted.fileSystem.flush()
    backend.weather = () => 'unavailable'
    const answered: string[] = []
    const writing = (async () => {
      for (let n = 0; n < 80; n++) {
        await mounted.files.writeFile(`/f${n}`, randomBytes(1 << 20))
        answered.push(`f${n}`)
      }
    })()
    let seen = -1
    while (seen < answered.length) {
      seen = answered.length
      await turns(300)
    }
    expect(seen).toBeGreaterThan(5)
    expect(seen).toBeLessThan(50)
    backend.weather = () => 'fine'
    await writing
    const expected = await treePicture(mounted.files)
    await mounted.unmount()
    expect(await elsewhere()).toEqual(expected)
  })

  it('and a kill then: whatever was answered is there', async () => {
    const mounted = await mount({ cacheBytes: 1 << 30 })
    backend.weather = () => 'unavailable'
    const answered: string[] = []
    const writing = (async () => {
      for (let n = 0; n < 80; n++) {
        await mounted.files.writeFile(`/f${n}`, Buffer.alloc(1 << 20, n))
        answered.push(`f${n}`)
      }
    })()
    writing.catch(() => {})
    await turns(2000)
    try {
      mounted.kill()
    } catch {
      // What is staged does not fit: nobody was told that it was safe.
    }
    backend.weather = () => 'fine'
    rmSync(join(disk, 'reserve'), { force: true })
    const again = await mount()
    for (const [n, name] of answered.entries()) {
      const data = Buffer.from(await again.files.readFile(`/${name}`))
      expect(data.equals(Buffer.alloc(1 << 20, n)), name).toBe(true)
    }
    const expected = await treePicture(again.files)
    await again.unmount()
    expect(await elsewhere()).toEqual(expected)
  })

  it('that somebody else filled keeps nothing from being committed, once there is room', async () => {
    const mounted = await mount({ cacheBytes: 1 << 30 })
    for (let n = 0; n < 2000; n++) await mounted.files.mkdir(`/d${n}`, 0o755)
    // The reserve is there, and nothing else.
    const filler = fill(0)
    let flushed = false
    const flushing = mounted.fileSystem.flush().then(() => {
      flushed = true
    })
    await turns(500)
    expect(flushed).toBe(true)
    await flushing
    // Now the reserve is gone too, and no commit can make room: waiting would never end.
    const more = fill(0)
    expect(await rejectionCode(mounted.files.mkdir('/refused', 0o755))).toBe('ENOSPC')
    rmSync(filler)
    rmSync(more)
    await mounted.files.mkdir('/late', 0o755)
    await mounted.fileSystem.flush()
    expect(mounted.fileSystem.status().state).toBe('serving')
    const expected = await treePicture(mounted.files)
    await mounted.unmount()
    expect(await elsewhere()).toEqual(expected)
  })

  it('is survived by the view: it is not committed where it does not fit', async () => {
    const mounted = await mount({ cacheBytes: 1 << 30 })
    const names = Array.from({ length: 6000 }, (_, n) => `/${'x'.repeat(150)}-${n}`)
    for (const name of names) await mounted.files.mkdir(name, 0o755)
    rmSync(join(disk, 'reserve'))
    const filler = fill(100_000)
    const flushing = mounted.fileSystem.flush()
    flushing.catch(() => {})
    await turns(500)
    expect(mounted.fileSystem.status().state).toBe('serving')
    expect(await mounted.files.readdir('/')).toHaveLength(names.length)
    rmSync(filler)
    await flushing
    await mounted.files.mkdir('/afterwards', 0o755)
    await mounted.unmount()
    expect(await elsewhere()).toHaveLength(names.length + 2)
  })
})
