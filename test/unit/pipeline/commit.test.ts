import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ObjectBackend, StratusError } from '../../../src/core/index.ts'
import { DirectPipeline } from '../../../src/engine/pipeline/direct-pipeline.ts'
import type {
  FinishedPack,
  PackedBlock,
  Piece,
  Pipeline,
} from '../../../src/engine/pipeline/pipeline.ts'
import { PipelinePool } from '../../../src/engine/pipeline/pipeline-pool.ts'
import { packKey } from '../../../src/format/object-keys.ts'
import { readPackIndex } from '../../../src/format/pack.ts'
import type {
  MemoryBackend,
  StoredObject,
} from '../../../src/plugins/backend-memory/memory-backend.ts'
import { ChannelThread } from '../../support/channel-thread.ts'
import {
  compressibleBytes,
  memoryBackend,
  TEST_BLOCK_BYTES,
  TestClaims,
  TestSegment,
  testUnit,
} from '../../support/pipeline-parts.ts'
import { sampleContext } from '../../support/sealed-samples.ts'

/** Reads a file back from what a commit said about it. */
async function readBack(
  pipeline: Pipeline,
  packs: readonly FinishedPack[],
  pieces: readonly Piece[],
  ino: number,
): Promise<Buffer> {
  const parts: Uint8Array[] = []
  const mine = pieces.filter((piece) => piece.ino === ino)
  for (const { block } of mine.toSorted((a, b) => a.offset - b.offset)) {
    parts.push(await readBlock(pipeline, packs, block))
  }
  return Buffer.concat(parts)
}

async function readBlock(
  pipeline: Pipeline,
  packs: readonly FinishedPack[],
  block: number,
): Promise<Uint8Array> {
  for (const { id, blocks } of packs) {
    const found = blocks.find((candidate) => candidate.block === block)
    if (found === undefined) continue
    const { record, offset, storedBytes, plainBytes, compressor } = found
    const [outcome] = await pipeline.fetch({
      key: packKey(id),
      pack: id,
      range: { offset, length: storedBytes },
      blocks: [{ record, offset, storedBytes, plainBytes, compressor }],
    })
    if (outcome?.ok && outcome.data) return outcome.data
  }
  throw new Error('block cannot be read')
}

function blocksOf(packs: readonly FinishedPack[]): PackedBlock[] {
  return packs.flatMap((pack) => pack.blocks)
}

const makers: Record<string, (makeUnit: () => ReturnType<typeof testUnit>) => Promise<Pipeline>> = {
  'one unit in the calling thread': async (makeUnit) => new DirectPipeline(makeUnit()),
  'a pool of two threads': async (makeUnit) =>
    PipelinePool.open([ChannelThread.over(makeUnit()), ChannelThread.over(makeUnit())]),
}

for (const [name, makePipeline] of Object.entries(makers)) {
  describe(`a commit through ${name}`, () => {
    let objects: Map<string, StoredObject>
    let pipeline: Pipeline
    let claims: TestClaims

    beforeEach(async () => {
      objects = new Map()
      pipeline = await makePipeline(() => testUnit(memoryBackend(objects)))
      claims = new TestClaims()
    })

    afterEach(async () => {
      await pipeline[Symbol.asyncDispose]()
    })

    it('stores files that read back as they were', async () => {
      const files = [
        { ino: 2, offset: 0, data: compressibleBytes(10, 1) },
        { ino: 3, offset: 0, data: randomBytes(3 * 1024 * 1024) },
        { ino: 4, offset: 0, data: compressibleBytes(200_000, 2) },
      ]
      using segment = new TestSegment(files)
      const writer = pipeline.beginCommit(claims.claim, false)
      const pieces = (
        await Promise.all(segment.ranges.map((range) => writer.store([range])))
      ).flat()
      const packs = await writer.finish()

      for (const { ino, data } of files) {
        expect((await readBack(pipeline, packs, pieces, ino)).equals(data)).toBe(true)
      }
      expect([...objects.keys()].sort()).toEqual(packs.map(({ id }) => packKey(id)).sort())
    })

    it('stores a file that is larger than what is read at once', async () => {
      const data = compressibleBytes(9 * 1024 * 1024 + 5, 7)
      using segment = new TestSegment([{ ino: 2, offset: 1000, data }])
      const writer = pipeline.beginCommit(claims.claim, false)
      const pieces = await writer.store(segment.ranges)
      const packs = await writer.finish()
      expect(pieces[0]?.length).toBe(TEST_BLOCK_BYTES - 1000)
      expect(pieces.every(({ offset }) => offset === 1000 || offset % TEST_BLOCK_BYTES === 0)).toBe(
        true,
      )
      expect((await readBack(pipeline, packs, pieces, 2)).equals(data)).toBe(true)
    })

    it('lists in each pack what it said about the blocks', async () => {
      using segment = new TestSegment([
        { ino: 2, offset: 0, data: compressibleBytes(300_000, 1) },
        { ino: 3, offset: 0, data: randomBytes(2_000_000) },
      ])
      const writer = pipeline.beginCommit(claims.claim, false)
      await writer.store(segment.ranges)
      const packs = await writer.finish()
      expect(packs.length).toBeGreaterThan(1)
      for (const { id, sizeBytes, blocks } of packs) {
        const bytes = objects.get(packKey(id))?.body as Uint8Array
        expect(bytes.length).toBe(sizeBytes)
        const index = readPackIndex(sampleContext(), bytes, id)
        expect(index.blocks.map((entry) => ({ ...entry, digest: hex(entry.digest) }))).toEqual(
          blocks.map(({ block: _, ...entry }) => ({ ...entry, digest: hex(entry.digest) })),
        )
      }
    })

    it('joins ranges that touch before it cuts blocks', async () => {
      const half = TEST_BLOCK_BYTES / 2
      const data = randomBytes(TEST_BLOCK_BYTES)
      using segment = new TestSegment([
        { ino: 2, offset: half, data: data.subarray(half) },
        { ino: 2, offset: 0, data: data.subarray(0, half) },
      ])
      const writer = pipeline.beginCommit(claims.claim, false)
      const pieces = await writer.store(segment.ranges)
      expect(pieces).toEqual([{ ino: 2, offset: 0, length: TEST_BLOCK_BYTES, block: 1 }])
      const packs = await writer.finish()
      expect((await readBack(pipeline, packs, pieces, 2)).equals(data)).toBe(true)
    })

    it('stores equal content once', async () => {
      const data = randomBytes(1000)
      using segment = new TestSegment(
        [2, 3, 4].map((ino) => ({ ino, offset: 0, data: Buffer.from(data) })),
      )
      const writer = pipeline.beginCommit(claims.claim, false)
      const pieces = await writer.store(segment.ranges)
      expect(pieces.map(({ block }) => block)).toEqual([1, 1, 1])
      expect(claims.asked).toBe(3)
      expect(blocksOf(await writer.finish())).toHaveLength(1)
    })

    it('stores nothing, and puts no pack, when all content is known', async () => {
      using segment = new TestSegment([{ ino: 2, offset: 0, data: randomBytes(1000) }])
      const writer = pipeline.beginCommit(() => ({ block: 9, fresh: false }), false)
      expect(await writer.store(segment.ranges)).toEqual([
        { ino: 2, offset: 0, length: 1000, block: 9 },
      ])
      expect(await writer.finish()).toEqual([])
      expect(objects.size).toBe(0)
    })

    it('that is inline returns its pack instead of putting it', async () => {
      const data = compressibleBytes(5000, 3)
      using segment = new TestSegment([
        { ino: 2, offset: 0, data },
        { ino: 3, offset: 0, data: compressibleBytes(70, 4) },
      ])
      const writer = pipeline.beginCommit(claims.claim, true)
      await Promise.all(segment.ranges.map((range) => writer.store([range])))
      const packs = await writer.finish()
      expect(objects.size).toBe(0)
      expect(packs).toHaveLength(1)
      const [pack] = packs
      expect(pack?.bytes?.length).toBe(pack?.sizeBytes)
      expect(readPackIndex(sampleContext(), pack?.bytes as Uint8Array).blocks).toHaveLength(2)
    })

    it('of very many small files makes one pack of them', async () => {
      const count = 3000
      using segment = new TestSegment(
        Array.from({ length: count }, (_, index) => ({
          ino: index + 2,
          offset: 0,
          data: Buffer.from(`content of file ${index}`),
        })),
      )
      const writer = pipeline.beginCommit(claims.claim, false)
      const pieces = await writer.store(segment.ranges)
      const packs = await writer.finish()
      expect(pieces).toHaveLength(count)
      expect(packs).toHaveLength(1)
      expect((await readBack(pipeline, packs, pieces, 1500)).toString()).toBe(
        'content of file 1498',
      )
    })

    it('copies blocks to new packs without changing them', async () => {
      using segment = new TestSegment([
        { ino: 2, offset: 0, data: compressibleBytes(150_000, 1) },
        { ino: 3, offset: 0, data: randomBytes(150_000) },
      ])
      const first = pipeline.beginCommit(claims.claim, false)
      const pieces = await first.store(segment.ranges)
      const before = await first.finish()

      const second = pipeline.beginCommit(claims.claim, false)
      await second.copy(
        before.flatMap(({ id, blocks }) =>
          blocks.map((block) => ({ ...block, key: packKey(id), containerOffset: 0, pack: id })),
        ),
      )
      const after = await second.finish()
      for (const { id } of before) objects.delete(packKey(id))

      const contentOf = ({ block, digest, plainBytes, compressor }: PackedBlock) => {
        return { block, digest: hex(digest), plainBytes, compressor }
      }
      expect(blocksOf(after).map(contentOf)).toEqual(blocksOf(before).map(contentOf))
      const read = await readBack(pipeline, after, pieces, 2)
      expect(read.equals(compressibleBytes(150_000, 1))).toBe(true)
    })

    it('that is given up rejects its calls and leaves no pack behind that was not put', async () => {
      using segment = new TestSegment([{ ino: 2, offset: 0, data: randomBytes(10_000) }])
      const writer = pipeline.beginCommit(claims.claim, false)
      await writer.store(segment.ranges)
      await writer.abort()
      await writer.abort()
      expect(objects.size).toBe(0)
      await expect(writer.store(segment.ranges)).rejects.toMatchObject({
        code: 'FILE_SYSTEM_CLOSED',
      })
    })

    it('fails when the journal is shorter than it says', async () => {
      using segment = new TestSegment([{ ino: 2, offset: 0, data: randomBytes(100) }])
      const [range] = segment.ranges
      if (range === undefined) throw new Error('range is missing')
      const writer = pipeline.beginCommit(claims.claim, false)
      await expect(writer.store([{ ...range, length: 101 }])).rejects.toMatchObject({
        code: 'JOURNAL_CORRUPT',
      })
      await writer.abort()
    })

    it('fails when a claim fails, with the same error', async () => {
      using segment = new TestSegment([{ ino: 2, offset: 0, data: randomBytes(100) }])
      const writer = pipeline.beginCommit(() => {
        throw new StratusError('FENCED', 'another writer is in', { details: { sequence: 7 } })
      }, false)
      await expect(writer.store(segment.ranges)).rejects.toMatchObject({
        code: 'FENCED',
        details: { sequence: 7 },
      })
      await writer.abort()
    })
  })
}

describe('a commit whose puts fail', () => {
  class FailingBackend {
    puts = 0
    constructor(private readonly inner: MemoryBackend) {}

    wrap(): ObjectBackend {
      const { inner } = this
      return {
        capabilities: inner.capabilities,
        get: (key, options) => inner.get(key, options),
        delete: (key, options) => inner.delete(key, options),
        list: (prefix, options) => inner.list(prefix, options),
        put: async () => {
          this.puts += 1
          throw new StratusError('BACKEND_UNAVAILABLE', 'store is down')
        },
        [Symbol.asyncDispose]: async () => {},
      }
    }
  }

  it('fails at the latest when it finishes', async () => {
    using segment = new TestSegment([{ ino: 2, offset: 0, data: randomBytes(6 * 1024 * 1024) }])
    const failing = new FailingBackend(memoryBackend())
    const pipeline = new DirectPipeline(testUnit(failing.wrap()))
    const writer = pipeline.beginCommit(new TestClaims().claim, false)
    const outcome = writer.store(segment.ranges).then(() => writer.finish())
    await expect(outcome).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' })
    await writer.abort()
    expect(failing.puts).toBeLessThanOrEqual(4)
  })
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
