import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StratusError } from '../../../src/core/index.ts'
import { DirectPipeline } from '../../../src/engine/pipeline/direct-pipeline.ts'
import type { FetchBlock, FinishedPack, Pipeline } from '../../../src/engine/pipeline/pipeline.ts'
import { packKey } from '../../../src/format/object-keys.ts'
import type { StoredObject } from '../../../src/plugins/backend-memory/memory-backend.ts'
import {
  compressibleBytes,
  memoryBackend,
  TestClaims,
  TestSegment,
  testUnit,
} from '../../support/pipeline-parts.ts'

const contents = [compressibleBytes(5000, 1), randomBytes(5000), compressibleBytes(10, 2)]

describe('fetch', () => {
  let folder: string
  let objects: Map<string, StoredObject>
  let pipeline: Pipeline
  let pack: FinishedPack

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stratus-test-'))
    objects = new Map()
    pipeline = new DirectPipeline(testUnit(memoryBackend(objects)))
    using segment = new TestSegment(
      contents.map((data, index) => ({ ino: index + 2, offset: 0, data })),
    )
    const writer = pipeline.beginCommit(new TestClaims().claim, false)
    await writer.store(segment.ranges)
    const [only] = await writer.finish()
    if (only === undefined) throw new Error('pack is missing')
    pack = only
  })

  afterEach(async () => {
    await pipeline[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  /** Asks for all blocks of the pack, changed by `change`. */
  function request(change: (block: FetchBlock, index: number) => FetchBlock = (block) => block) {
    const blocks = pack.blocks.map(change)
    const [first] = pack.blocks
    const last = pack.blocks.at(-1)
    if (first === undefined || last === undefined) throw new Error('block is missing')
    const range = { offset: first.offset, length: last.offset + last.storedBytes - first.offset }
    return { key: packKey(pack.id), pack: pack.id, range, blocks }
  }

  it('returns blocks that have no place in the cache', async () => {
    const outcomes = await pipeline.fetch(request())
    const datas = outcomes.map((outcome) => outcome.ok && Buffer.from(outcome.data ?? []))
    expect(datas).toEqual(contents.map((content) => Buffer.from(content)))
    expect(pack.blocks.map(({ compressor }) => compressor)).toEqual([1, 0, 0])
  })

  it('writes blocks to their runs in the cache file', async () => {
    const cacheFile = join(folder, 'cache')
    writeFileSync(cacheFile, Buffer.alloc(20_000))
    const runs = [
      { position: 9000, length: 2000 },
      { position: 1000, length: 4096 },
    ]
    const outcomes = await pipeline.fetch({
      ...request((block, index) => (index === 1 ? { ...block, runs } : block)),
      cacheFile,
    })
    expect(outcomes.map((outcome) => outcome.ok && outcome.cached)).toEqual([false, true, false])
    expect(outcomes[1]).toEqual({ ok: true, cached: true })
    const cache = readFileSync(cacheFile)
    const cached = Buffer.concat([cache.subarray(9000, 11_000), cache.subarray(1000, 4000)])
    expect(cached.equals(contents[1] as Uint8Array)).toBe(true)
    expect(cache.subarray(4000, 9000).every((byte) => byte === 0)).toBe(true)
  })

  it('returns a block whose runs cannot be written', async () => {
    const runs = [{ position: 0, length: 5000 }]
    for (const cacheFile of [join(folder, 'missing', 'cache'), '/dev/full']) {
      const outcomes = await pipeline.fetch({
        ...request((block) => ({ ...block, runs })),
        cacheFile,
      })
      const [first] = outcomes
      expect(first?.ok && !first.cached && first.data?.length).toBe(5000)
    }
  })

  it('tells which block is damaged and returns the others', async () => {
    const stored = objects.get(packKey(pack.id))
    const at = pack.blocks[1]?.offset ?? 0
    if (stored === undefined) throw new Error('pack is missing')
    stored.body[at + 17] = (stored.body[at + 17] as number) ^ 1
    const outcomes = await pipeline.fetch(request())
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true])
  })

  it('takes a wrong size, a wrong place or a short object for damage', async () => {
    const changes: Partial<FetchBlock>[] = [
      { plainBytes: 4999 },
      { record: 7 },
      { storedBytes: 20 },
      { offset: 40_000 },
    ]
    for (const change of changes) {
      const outcomes = await pipeline.fetch(
        request((block, index) => (index === 0 ? { ...block, ...change } : block)),
      )
      expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, true])
    }
  })

  it('tells when nothing can decompress a block', async () => {
    const unit = testUnit(memoryBackend(objects), {
      decompressors: () => {
        throw new StratusError('PLUGIN_NOT_FOUND', 'compressor is unknown')
      },
    })
    const outcomes = await unit.fetch(request())
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, true])
  })

  it('rejects when the object is gone', async () => {
    objects.clear()
    await expect(pipeline.fetch(request())).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
  })
})
