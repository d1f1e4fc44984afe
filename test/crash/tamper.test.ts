/**
 * Whoever owns the bucket can change it, but never what a mount returns: each damaged, exchanged, cut or
 * missing object is noticed, and no wrong byte, name or size is ever given out.
 */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RecordingLogger } from '../../src/conformance/recording-logger.ts'
import type { ObjectBackend } from '../../src/core/index.ts'
import { readSuperblock } from '../../src/engine/make-file-system.ts'
import { unlockSuperblock } from '../../src/format/superblock.ts'
import {
  MemoryBackend,
  type StoredObject,
} from '../../src/plugins/backend-memory/memory-backend.ts'
import type { MemoryFrontend } from '../../src/plugins/frontend-memory/memory-frontend.ts'
import { bucketOf } from '../support/crash-pictures.ts'
import { EngineBench, type Mounted } from '../support/engine-bench.ts'
import { rejectionCode } from '../support/error-code.ts'

const checkpoint = { logBytesMin: 1 << 30, logObjectsMax: 4, partBytes: 400 }

type Objects = Map<string, StoredObject>

/** A bucket with packs, packs inside log objects, and two checkpoints of several parts. */
class Sample implements Disposable {
  readonly objects: Objects = new Map()
  readonly bench = new EngineBench(new MemoryBackend(this.objects, Date.now))
  /** SHA-256 of each file, by path. */
  readonly contents = new Map<string, string>()
  #machines = 0

  async fill(seed: number): Promise<this> {
    const mounted = await this.bench.mount({ settings: { checkpoint } })
    for (let n = 0; n < 14; n++) {
      await this.#write(mounted.files, `/small-${n}`, bytes(seed + n, 3000 + n))
      if (n % 5 === 0) await this.#write(mounted.files, `/big-${n}`, bytes(seed + 100 + n, 400_000))
      await mounted.fileSystem.flush()
    }
    await mounted.unmount()
    return this
  }

  async #write(files: MemoryFrontend, path: string, data: Buffer): Promise<void> {
    await files.writeFile(path, data)
    this.contents.set(path, sha256(data))
  }

  /** Mounts a bucket on a machine that has never seen it. */
  mount(backend: ObjectBackend, logger?: RecordingLogger): Promise<Mounted> {
    const machine = `machine-${this.#machines++}`
    return this.bench.mount({
      machine,
      backend,
      settings: { readOnly: true },
      ...(logger === undefined ? {} : { logger }),
    })
  }

  keys(prefix: string): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort()
  }

  /**
   * Mounts `objects` and reads everything.
   *
   * @returns what was noticed: `mount` for a refusal, or the paths that could not be read; and what was wrong
   */
  async inspect(objects: Objects, read: Set<string> = new Set()) {
    const backend = noting(bucketOf(objects), read)
    const noticed: string[] = []
    const wrong: string[] = []
    const logger = new RecordingLogger()
    let mounted: Mounted
    try {
      mounted = await this.mount(backend, logger)
    } catch (cause) {
      const { code } = cause as { code?: string }
      const expected = ['DATA_CORRUPT', 'FORMAT_UNSUPPORTED', 'OBJECT_NOT_FOUND']
      if (code === undefined || !expected.includes(code)) wrong.push(`mount: ${String(cause)}`)
      return { noticed: ['mount'], wrong }
    }
    const names = (await mounted.files.readdir('/')).map((name) => `/${name}`).sort()
    if (names.join() !== [...this.contents.keys()].sort().join())
      wrong.push(`names ${names.join()}`)
    for (const [path, hash] of this.contents) {
      try {
        if (sha256(await mounted.files.readFile(path)) !== hash) wrong.push(path)
      } catch (cause) {
        noticed.push(path)
        const { code } = cause as { code?: string }
        if (code !== 'EIO') wrong.push(`${path}: ${String(cause)}`)
      }
    }
    mounted.kill()
    if (logger.lines.some(({ level }) => level === 'error')) noticed.push('log')
    return { noticed, wrong }
  }

  [Symbol.dispose](): void {
    this.bench[Symbol.dispose]()
  }
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** Bytes that look random and are always the same. */
function bytes(seed: number, count: number): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; at < count; at += 32) {
    chunks.push(createHash('sha256').update(`${seed}/${at}`).digest())
  }
  return Buffer.concat(chunks).subarray(0, count)
}

/** Notes the keys of objects that are read whole. */
function noting(inner: ObjectBackend, read: Set<string>): ObjectBackend {
  return {
    capabilities: inner.capabilities,
    put: (key, body, options) => inner.put(key, body, options),
    get: (key, options) => {
      if (options?.range === undefined) read.add(key)
      return inner.get(key, options)
    },
    delete: (key, options) => inner.delete(key, options),
    list: (prefix, options) => inner.list(prefix, options),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
}

function altered(objects: Objects, key: string, change: (body: Buffer) => Uint8Array): Objects {
  const copy = new Map(objects)
  const object = objects.get(key) as StoredObject
  copy.set(key, { ...object, body: change(Buffer.from(object.body)) })
  return copy
}

function exchanged(objects: Objects, one: string, other: string, from = objects): Objects {
  const copy = new Map(objects)
  copy.set(one, from.get(other) as StoredObject)
  if (from === objects) copy.set(other, objects.get(one) as StoredObject)
  return copy
}

let sample: Sample
let stranger: Sample

beforeAll(async () => {
  sample = await new Sample().fill(1)
  stranger = await new Sample().fill(1)
})

afterAll(() => {
  sample[Symbol.dispose]()
  stranger[Symbol.dispose]()
})

describe('an untouched bucket', () => {
  it('has all kinds of objects and reads well', async () => {
    expect(sample.keys('pack/').length).toBeGreaterThan(2)
    expect(sample.keys('log/').length).toBeGreaterThan(2)
    expect(sample.keys('checkpoint/').filter((key) => key.endsWith('manifest'))).toHaveLength(2)
    expect(sample.keys('checkpoint/').length).toBeGreaterThan(6)
    expect(await sample.inspect(sample.objects)).toEqual({ noticed: [], wrong: [] })
  })
})

describe('a flipped byte', () => {
  it.each(['pack/', 'log/', 'checkpoint/'])(
    'under %s never changes what is read',
    async (prefix) => {
      const missed: string[] = []
      for (const key of sample.keys(prefix)) {
        const size = (sample.objects.get(key) as StoredObject).body.length
        const places = new Set([
          0,
          7,
          8,
          9,
          12,
          20,
          47,
          48,
          60,
          100,
          size >> 2,
          size >> 1,
          size - 40,
          size - 1,
        ])
        for (const at of places) {
          const damaged = altered(sample.objects, key, (body) => {
            body[at] = (body[at] as number) ^ 0x40
            return body
          })
          const read = new Set<string>()
          const { noticed, wrong } = await sample.inspect(damaged, read)
          missed.push(...wrong.map((what) => `${key} byte ${at} of ${size}: ${what}`))
          if (noticed.length === 0 && read.has(key)) missed.push(`${key} byte ${at} of ${size}`)
        }
      }
      expect(missed).toEqual([])
    },
  )

  it('in any block of a pack makes its file unreadable and no other', async () => {
    const [key] = sample.keys('pack/')
    const damaged = altered(sample.objects, key as string, (body) => {
      body[body.length >> 1] = (body[body.length >> 1] as number) ^ 1
      return body
    })
    const { noticed, wrong } = await sample.inspect(damaged)
    expect(wrong).toEqual([])
    expect(noticed.filter((what) => what.startsWith('/'))).toHaveLength(1)
  })

  it('in the superblock keeps it from being opened', async () => {
    const key = 'stratus-superblock'
    const size = (sample.objects.get(key) as StoredObject).body.length
    for (let at = 0; at < size; at++) {
      const damaged = altered(sample.objects, key, (body) => {
        body[at] = (body[at] as number) ^ 0x10
        return body
      })
      const opening = readSuperblock(bucketOf(damaged)).then((superblock) =>
        unlockSuperblock(superblock, Buffer.from('a passphrase for tests')),
      )
      const code = await rejectionCode(opening)
      expect(['DATA_CORRUPT', 'FORMAT_UNSUPPORTED', 'PASSPHRASE_WRONG'], `byte ${at}`).toContain(
        code,
      )
    }
  })
})

describe('an object in the place of another', () => {
  it.each(['pack/', 'log/', 'checkpoint/'])('under %s is noticed', async (prefix) => {
    const missed: string[] = []
    const keys = sample.keys(prefix)
    for (const [index, key] of keys.entries()) {
      for (const other of [keys[(index + 1) % keys.length], keys[(index + 3) % keys.length]]) {
        if (other === undefined || other === key) continue
        const read = new Set<string>()
        const { noticed, wrong } = await sample.inspect(exchanged(sample.objects, key, other), read)
        missed.push(...wrong.map((what) => `${key} for ${other}: ${what}`))
        if (noticed.length === 0 && read.has(key)) missed.push(`${key} for ${other}`)
      }
    }
    expect(missed).toEqual([])
  })

  it('is noticed when it comes from another file system', async () => {
    const missed: string[] = []
    for (const prefix of ['pack/', 'log/', 'checkpoint/']) {
      const others = stranger.keys(prefix)
      for (const [index, key] of sample.keys(prefix).entries()) {
        const other = others.includes(key) ? key : (others[index % others.length] as string)
        const mixed = exchanged(sample.objects, key, other, stranger.objects)
        const read = new Set<string>()
        const { noticed, wrong } = await sample.inspect(mixed, read)
        missed.push(...wrong.map((what) => `${key}: ${what}`))
        if (noticed.length === 0 && read.has(key)) missed.push(key)
      }
    }
    expect(missed).toEqual([])
  })
})

describe('a superblock in the place of another', () => {
  it('gives no view of what it does not belong to, empty or not', async () => {
    const backend = bucketOf(sample.objects)
    const settings = { readOnly: true }
    const mounting = stranger.bench.mount({ machine: 'with-another-superblock', backend, settings })
    expect(await rejectionCode(mounting)).toBe('DATA_CORRUPT')
  })
})

describe('a truncated object', () => {
  it('gives no wrong byte and is noticed where it is read', async () => {
    const missed: string[] = []
    for (const prefix of ['pack/', 'log/', 'checkpoint/']) {
      for (const key of sample.keys(prefix)) {
        const size = (sample.objects.get(key) as StoredObject).body.length
        for (const length of [0, 1, 40, size >> 1, size - 1]) {
          const cut = altered(sample.objects, key, (body) => body.subarray(0, length))
          const read = new Set<string>()
          const { noticed, wrong } = await sample.inspect(cut, read)
          missed.push(...wrong.map((what) => `${key} cut to ${length}: ${what}`))
          if (noticed.length === 0 && read.has(key)) missed.push(`${key} cut to ${length}`)
        }
      }
    }
    expect(missed).toEqual([])
  })
})

describe('a missing object', () => {
  it('is noticed, wherever in the log it was', async () => {
    const keys = sample.keys('log/')
    for (const key of keys.slice(0, -1)) {
      const objects = new Map(sample.objects)
      objects.delete(key)
      const { wrong } = await sample.inspect(objects)
      expect(wrong, key).toEqual([])
    }
  })

  it('is noticed by a machine that is a few commits behind', async () => {
    const objects: Objects = new Map()
    using bench = new EngineBench(new MemoryBackend(objects, Date.now))
    const first = await bench.mount({ machine: 'a' })
    await first.files.mkdir('/one', 0o755)
    await first.unmount()
    const before = new Set(objects.keys())
    const second = await bench.mount({ machine: 'b' })
    await second.files.mkdir('/two', 0o755)
    await second.unmount()
    const added = [...objects.keys()].filter((key) => !before.has(key)).sort()
    expect(added.length).toBeGreaterThan(2)
    for (const key of added.slice(0, -1)) {
      const broken = new Map(objects)
      broken.delete(key)
      const again = bench.mount({
        machine: 'a',
        backend: bucketOf(broken),
        settings: { readOnly: true },
      })
      expect(await rejectionCode(again), key).toBe('DATA_CORRUPT')
    }
    const again = await bench.mount({ machine: 'a' })
    await again.unmount()
  })

  it('is noticed when it is every checkpoint', async () => {
    const objects = new Map([...sample.objects].filter(([key]) => !key.startsWith('checkpoint/')))
    expect(await sample.inspect(objects)).toEqual({ noticed: ['mount'], wrong: [] })
  })

  it('is noticed when it is every log object', async () => {
    const objects = new Map([...sample.objects].filter(([key]) => !key.startsWith('log/')))
    const { wrong } = await sample.inspect(objects)
    expect(wrong).toEqual([])
  })
})

describe('the newest checkpoint', () => {
  it('can be damaged anywhere: the one before it and the log do', async () => {
    const manifests = sample.keys('checkpoint/').filter((key) => key.endsWith('manifest'))
    const newest = (manifests.at(-1) as string).replace('manifest', '')
    for (const key of sample.keys(newest)) {
      const damaged = altered(sample.objects, key, (body) => {
        body[body.length >> 1] = (body[body.length >> 1] as number) ^ 1
        return body
      })
      expect(await sample.inspect(damaged), key).toEqual({ noticed: ['log'], wrong: [] })
      const missing = new Map(sample.objects)
      missing.delete(key)
      const { noticed, wrong } = await sample.inspect(missing)
      expect(
        noticed.filter((what) => what !== 'log'),
        key,
      ).toEqual([])
      expect(wrong, key).toEqual([])
    }
  })
})

describe('a bucket that was set back', () => {
  async function twoStates(): Promise<{ bench: EngineBench; older: Objects; objects: Objects }> {
    const objects: Objects = new Map()
    const bench = new EngineBench(new MemoryBackend(objects, Date.now))
    const first = await bench.mount({ settings: { checkpoint } })
    await first.files.mkdir('/one', 0o755)
    await first.unmount()
    const older = new Map(objects)
    const second = await bench.mount({ settings: { checkpoint } })
    for (let n = 0; n < 6; n++) {
      await second.files.mkdir(`/two-${n}`, 0o755)
      await second.fileSystem.flush()
    }
    await second.unmount()
    return { bench, older, objects }
  }

  it('is refused by a machine that has seen more, until that is accepted', async () => {
    const { bench, older } = await twoStates()
    using _ = bench
    for (let attempt = 0; attempt < 2; attempt++) {
      const again = bench.mount({ backend: bucketOf(older) })
      expect(await rejectionCode(again)).toBe('FILE_SYSTEM_ROLLED_BACK')
    }
    const settings = { acceptRollback: true }
    const accepted = await bench.mount({ backend: bucketOf(older), settings })
    expect((await accepted.files.readdir('/')).map(String)).toEqual(['one'])
    await accepted.unmount()
  })

  it('is refused also when another machine has gone on from there', async () => {
    const { bench, older } = await twoStates()
    using _ = bench
    const bucket = bucketOf(older)
    const other = await bench.mount({ machine: 'b', backend: bucket })
    for (let n = 0; n < 20; n++) {
      await other.files.mkdir(`/three-${n}`, 0o755)
      await other.fileSystem.flush()
    }
    await other.unmount()
    expect(await rejectionCode(bench.mount({ backend: bucket }))).toBe('FILE_SYSTEM_ROLLED_BACK')
    const accepted = await bench.mount({ backend: bucket, settings: { acceptRollback: true } })
    expect((await accepted.files.readdir('/')).length).toBe(21)
    await accepted.unmount()
  })
})
