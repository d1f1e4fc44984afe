import { describe, expect, it } from 'vitest'
import { type ObjectBackend, StratusError } from '../../../src/core/index.ts'
import { PipelinePool } from '../../../src/engine/pipeline/pipeline-pool.ts'
import { reportPipelineFailure } from '../../../src/engine/pipeline/worker-server.ts'
import { genesisHash, LOG_PACK_OFFSET, openLogObject } from '../../../src/format/log-object.ts'
import { checkpointKey, logKey } from '../../../src/format/object-keys.ts'
import { ChannelThread } from '../../support/channel-thread.ts'
import { memoryBackend, TestClaims, TestSegment, testUnit } from '../../support/pipeline-parts.ts'
import {
  encodeChanges,
  sampleChanges,
  sampleContext,
  sampleFsId,
  samplePack,
} from '../../support/sealed-samples.ts'

/** Returns a backend whose `get` waits until it is cancelled. */
function hangingBackend(): ObjectBackend & { readonly cancelled: Promise<void> } {
  const inner = memoryBackend()
  let report = () => {}
  const cancelled = new Promise<void>((resolve) => {
    report = resolve
  })
  return {
    cancelled,
    capabilities: inner.capabilities,
    put: (key, body, options) => inner.put(key, body, options),
    delete: (key) => inner.delete(key),
    list: (prefix) => inner.list(prefix),
    get: (_key, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => {
          report()
          reject(new Error('cancelled'))
        })
      }),
    [Symbol.asyncDispose]: async () => {},
  }
}

async function poolOf(...backends: ObjectBackend[]) {
  const threads = backends.map((backend) => ChannelThread.over(testUnit(backend)))
  const pool = await PipelinePool.open(threads)
  return { pool, threads }
}

describe('the backend of a pool', () => {
  it('reaches the objects of its threads', async () => {
    const { pool } = await poolOf(memoryBackend())
    const { backend } = pool
    expect(backend.capabilities.conditionalPut).toBe(true)

    const body = Buffer.from('a part of a pool of buffers')
    await backend.put('a/b', body)
    expect(body.toString()).toBe('a part of a pool of buffers')
    expect(Buffer.from(await backend.get('a/b')).toString()).toBe(body.toString())
    const range = { offset: 2, length: 4 }
    expect(Buffer.from(await backend.get('a/b', { range })).toString()).toBe('part')
    await expect(backend.put('a/b', body, { ifAbsent: true })).rejects.toMatchObject({
      code: 'OBJECT_EXISTS',
      kind: 'conflict',
      details: { key: 'a/b' },
    })
    await backend.delete('a/b')
    await expect(backend.get('a/b')).rejects.toBeInstanceOf(StratusError)
    await pool[Symbol.asyncDispose]()
  })

  it('lists page by page', async () => {
    const { pool } = await poolOf(memoryBackend(), memoryBackend())
    const keys = Array.from({ length: 2500 }, (_, index) => `k/${String(index).padStart(5, '0')}`)
    const store = memoryBackend()
    for (const key of keys) await store.put(key, new Uint8Array(1))
    const one = await poolOf(store)
    const listed: string[] = []
    for await (const { key } of one.pool.backend.list('k/')) listed.push(key)
    expect(listed).toEqual(keys)
    for await (const { key } of one.pool.backend.list('k/')) {
      expect(key).toBe(keys[0])
      break
    }
    await one.pool[Symbol.asyncDispose]()
    await pool[Symbol.asyncDispose]()
  })

  it('cancels a call with the signal’s reason', async () => {
    const hanging = hangingBackend()
    const { pool } = await poolOf(hanging)
    const controller = new AbortController()
    const answer = pool.backend.get('k', { signal: controller.signal })
    controller.abort(new Error('no longer wanted'))
    await expect(answer).rejects.toThrow('no longer wanted')
    await hanging.cancelled
    await expect(pool.backend.get('k', { signal: controller.signal })).rejects.toThrow(
      'no longer wanted',
    )
    await pool[Symbol.asyncDispose]()
  })
})

describe('a pool', () => {
  it('seals log objects with and without a pack', async () => {
    const { pool } = await poolOf(memoryBackend())
    const header = {
      sequence: 5,
      previous: genesisHash(sampleFsId),
      session: 'ab',
      journal: '',
      journalPosition: 3,
      committedMs: 9,
    }
    const pack = samplePack(sampleContext(), [Buffer.from('hello')], { pad: false })
    for (const embedded of [pack, undefined]) {
      const changes = encodeChanges(sampleChanges)
      const expected = Buffer.from(changes)
      const { object, packOffset } = await pool.sealLog(header, changes, embedded)
      expect(packOffset).toBe(LOG_PACK_OFFSET)
      const opened = openLogObject(sampleContext(), object, 5)
      expect(opened.header).toEqual(header)
      expect(Buffer.from(opened.changes)).toEqual(expected)
      expect(opened.packLength).toBe(embedded?.length)
    }
    expect(pack.length).toBeGreaterThan(0)
    await pool[Symbol.asyncDispose]()
  })

  it('puts and gets checkpoint parts, each only in its place', async () => {
    const objects = new Map()
    const { pool } = await poolOf(memoryBackend(objects))
    const key = checkpointKey(5, 2)
    const entry = await pool.putCheckpointPart(key, encodeChanges(sampleChanges))
    expect(entry.sizeBytes).toBe(objects.get(key)?.body.length)
    const changes = await pool.getCheckpointPart(key, entry)
    expect(Buffer.from(changes)).toEqual(Buffer.from(encodeChanges(sampleChanges)))

    objects.set(checkpointKey(5, 3), objects.get(key))
    await expect(pool.getCheckpointPart(checkpointKey(5, 3))).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
    })
    await expect(pool.getCheckpointPart(logKey(5))).rejects.toMatchObject({
      code: 'WORKER_FAILED',
    })
    await pool[Symbol.asyncDispose]()
  })

  it('gives the calls of a thread that dies back, and goes on with the others', async () => {
    const { pool, threads } = await poolOf(hangingBackend(), memoryBackend())
    const lost = pool.backend.get('k')
    threads[0]?.die()
    await expect(lost).rejects.toMatchObject({ code: 'WORKER_FAILED' })
    await pool.backend.put('k', new Uint8Array(1))
    expect(await pool.backend.get('k')).toHaveLength(1)
    threads[1]?.die()
    await expect(pool.backend.get('k')).rejects.toMatchObject({ code: 'WORKER_FAILED' })
    await pool[Symbol.asyncDispose]()
  })

  it('a commit with a dead thread can be given up', async () => {
    using segment = new TestSegment([{ ino: 2, offset: 0, data: new Uint8Array(100) }])
    const { pool, threads } = await poolOf(memoryBackend())
    const writer = pool.beginCommit(new TestClaims().claim, false)
    await writer.store(segment.ranges)
    threads[0]?.die()
    await expect(writer.finish()).rejects.toMatchObject({ code: 'WORKER_FAILED' })
    await writer.abort()
    await pool[Symbol.asyncDispose]()
  })

  it('does not open over a thread that cannot serve, and says why', async () => {
    const failure = new StratusError('BACKEND_DENIED', 'credentials are wrong', {
      cause: new Error('403'),
      details: { bucket: 'b' },
    })
    const broken = new ChannelThread(async (port) => reportPipelineFailure(port, failure))
    const healthy = ChannelThread.over(testUnit(memoryBackend()))
    await expect(PipelinePool.open([healthy, broken])).rejects.toMatchObject({
      code: 'BACKEND_DENIED',
      message: 'credentials are wrong',
      details: { bucket: 'b' },
      cause: expect.objectContaining({ message: expect.stringContaining('403') }),
    })
    expect(healthy.terminated).toBe(true)
    expect(broken.terminated).toBe(true)
  })

  it('waits for calls under way when it is disposed of', async () => {
    const { pool, threads } = await poolOf(memoryBackend())
    const put = pool.backend.put('k', new Uint8Array(10))
    await pool[Symbol.asyncDispose]()
    await put
    await threads[0]?.served
    expect(threads[0]?.terminated).toBe(true)
    await expect(pool.backend.get('k')).rejects.toMatchObject({ code: 'FILE_SYSTEM_CLOSED' })
  })
})
