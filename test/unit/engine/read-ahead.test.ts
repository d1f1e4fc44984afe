/** What reading a committed file asks the bucket for. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ObjectBackend } from '../../../src/core/index.ts'
import { MemoryBackend } from '../../../src/plugins/backend-memory/memory-backend.ts'
import { EngineBench, type Mounted } from '../../support/engine-bench.ts'

const MIB = 1024 * 1024
const SIZE = 24 * MIB

/** Notes reads of packs, and how many are under way at once. */
class ReadLog {
  readonly ranges: { readonly offset: number; readonly length: number }[] = []
  most = 0
  #underWay = 0

  through(inner: ObjectBackend): ObjectBackend {
    return {
      capabilities: inner.capabilities,
      put: (key, body, options) => inner.put(key, body, options),
      get: async (key, options) => {
        if (options?.range !== undefined) this.ranges.push(options.range)
        this.most = Math.max(this.most, ++this.#underWay)
        // Slow enough for others to come.
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
        this.#underWay--
        return await inner.get(key, options)
      },
      delete: (key, options) => inner.delete(key, options),
      list: (prefix, options) => inner.list(prefix, options),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    }
  }

  get bytes(): number {
    return this.ranges.reduce((sum, { length }) => sum + length, 0)
  }
}

let bench: EngineBench
let log: ReadLog
let data: Buffer
let mounted: Mounted

beforeEach(async () => {
  const memory = new MemoryBackend(new Map(), Date.now)
  bench = new EngineBench(memory)
  const writer = await bench.mount()
  data = randomBytes(SIZE)
  await writer.files.writeFile('/large', data)
  for (let n = 0; n < 50; n++) await writer.files.writeFile(`/small-${n}`, randomBytes(8000))
  await writer.unmount()
  log = new ReadLog()
  mounted = await bench.mount({
    machine: 'b',
    backend: log.through(memory),
    settings: { readOnly: true },
  })
  log.ranges.length = 0
})

afterEach(async () => {
  await mounted.unmount()
  bench[Symbol.dispose]()
})

describe('reading', () => {
  it('in sequence asks for each byte once, a few MiB at a time, and several at once', async () => {
    for (let at = 0; at < SIZE; at += 128 * 1024) {
      const part = await mounted.files.read('/large', at, 128 * 1024)
      expect(part.equals(data.subarray(at, at + part.length))).toBe(true)
    }
    expect(log.bytes).toBeLessThan(SIZE * 1.05)
    expect(log.ranges.length).toBeLessThan(16)
    expect(log.most).toBeGreaterThan(1)
    for (const { length } of log.ranges) expect(length).toBeLessThanOrEqual(4 * MIB)
  })

  it('here and there brings no more than the blocks that are read', async () => {
    for (const at of [20 * MIB, 3 * MIB, 11 * MIB, 7 * MIB])
      await mounted.files.read('/large', at + 5, 100)
    expect(log.ranges).toHaveLength(4)
    expect(log.bytes).toBeLessThan(4.1 * MIB)
  })

  it('the same bytes by many at once brings none of them twice', async () => {
    const reads = Array.from({ length: 20 }, (_, n) =>
      mounted.files.read('/large', 5 * MIB + n, 50),
    )
    for (const [n, part] of (await Promise.all(reads)).entries()) {
      expect(part.equals(data.subarray(5 * MIB + n, 5 * MIB + n + 50))).toBe(true)
    }
    const ranges = log.ranges.toSorted((a, b) => a.offset - b.offset)
    for (const [index, { offset, length }] of ranges.slice(0, -1).entries()) {
      expect(ranges[index + 1]?.offset).toBeGreaterThanOrEqual(offset + length)
    }
    expect(ranges.length).toBeLessThanOrEqual(2)
  })

  it('one small file brings its neighbours along', async () => {
    await mounted.files.readFile('/small-0')
    const before = log.ranges.length
    for (let n = 1; n < 50; n++) await mounted.files.readFile(`/small-${n}`)
    expect(log.ranges.length - before).toBeLessThanOrEqual(1)
  })

  it('past a cache that is too small still gives the right bytes', async () => {
    await mounted.unmount()
    mounted = await bench.mount({ machine: 'c', settings: { readOnly: true, cacheBytes: 3 * MIB } })
    for (let round = 0; round < 2; round++) {
      const whole = Buffer.from(await mounted.files.readFile('/large'))
      expect(whole.equals(data)).toBe(true)
    }
    expect(mounted.fileSystem.status().cache.usedBytes).toBeLessThanOrEqual(1.5 * MIB)
  })
})
