import { describe, expect, it } from 'vitest'
import { FaultyBackend, ManualClock, RecordingLogger } from '../../../src/conformance/index.ts'
import { type ObjectBackend, StratusError } from '../../../src/core/index.ts'
import { BackendCounters } from '../../../src/engine/decorators/backend-counters.ts'
import { RetryingBackend } from '../../../src/engine/decorators/retrying-backend.ts'
import { MemoryBackend } from '../../../src/plugins/backend-memory/memory-backend.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const body = Buffer.from('body')

function setUp(options: { fraction?: number; deadlineMs?: number } = {}) {
  const clock = new ManualClock()
  const logger = new RecordingLogger()
  const counters = new BackendCounters()
  const memory = new MemoryBackend(new Map(), Date.now)
  const faulty = new FaultyBackend(memory)
  const { fraction = 0.5, deadlineMs } = options
  const parts = { clock, logger, counters, random: { fraction: () => fraction }, deadlineMs }
  return { clock, logger, counters, memory, faulty, backend: new RetryingBackend(faulty, parts) }
}

/** A backend of which only some calls matter. */
function failing(inner: ObjectBackend, fail: () => void): ObjectBackend {
  return {
    capabilities: inner.capabilities,
    put: async (...args) => {
      fail()
      return inner.put(...args)
    },
    get: (...args) => inner.get(...args),
    delete: (...args) => inner.delete(...args),
    list: (...args) => inner.list(...args),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
}

describe('RetryingBackend', () => {
  it('tries a call again until the store answers', async () => {
    const { backend, faulty, clock, memory } = setUp()
    for (const call of [1, 2, 3]) faulty.faults.push({ operation: 'put', call, when: 'before' })
    const done = backend.put('k', body)
    await clock.advance(60_000)
    await done
    expect(faulty.calls.put).toBe(4)
    expect(Buffer.from(await memory.get('k'))).toEqual(body)
  })

  it('retries nothing but what is unavailable', async () => {
    const { backend, faulty } = setUp()
    await expect(backend.get('absent')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
    const error = new StratusError('BACKEND_DENIED', 'no')
    faulty.faults.push({ operation: 'put', call: 1, when: 'before', error })
    await expect(backend.put('k', body)).rejects.toBe(error)
    faulty.faults.push({ operation: 'delete', call: 1, when: 'before', error: new TypeError('x') })
    await expect(backend.delete('k')).rejects.toThrow(TypeError)
    expect(faulty.calls).toMatchObject({ get: 1, put: 1, delete: 1 })
  })

  it.each([
    [0, [100, 100, 100, 100]],
    [1, [200, 400, 800, 1600]],
  ])('pauses between 100 ms and a limit that doubles, with jitter %s', async (fraction, waits) => {
    const { backend, faulty, clock } = setUp({ fraction })
    for (const call of [1, 2, 3, 4]) faulty.faults.push({ operation: 'get', call, when: 'before' })
    const done = expect(backend.get('k')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
    for (const [index, waitMs] of waits.entries()) {
      await clock.advance(waitMs - 1)
      expect(faulty.calls.get).toBe(index + 1)
      await clock.advance(1)
    }
    await done
  })

  it('never pauses longer than 30 s, and gives up after a day with what the store said', async () => {
    const { clock, memory, logger } = setUp()
    const times: number[] = []
    const error = new StratusError('BACKEND_UNAVAILABLE', 'down')
    const down = failing(memory, () => {
      times.push(clock.monotonicMs())
      throw error
    })
    const backend = new RetryingBackend(down, { clock, logger, random: { fraction: () => 1 } })
    const done = expect(backend.put('k', body)).rejects.toBe(error)
    await clock.advance(2 * DAY_MS)
    await done
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(Math.max(...pauses)).toBe(30_000)
    expect(times.at(-1)).toBeLessThanOrEqual(DAY_MS)
    expect(times.at(-1)).toBeGreaterThan(DAY_MS - 30_001)
  })

  it('warns at once, then at most every 10 s, with attempt and pause', async () => {
    const { backend, faulty, clock, logger } = setUp({ deadlineMs: 60_000 })
    for (let call = 1; call <= 40; call++) {
      faulty.faults.push({ operation: 'get', call, when: 'before' })
    }
    const calls = [backend.get('a'), backend.get('b')].map((call) => call.catch(() => undefined))
    await clock.advance(0)
    expect(logger.lines).toHaveLength(1)
    expect(logger.lines[0]).toMatchObject({ level: 'warn', fields: { attempt: 1, waitMs: 150 } })
    await clock.advance(120_000)
    await Promise.all(calls)
    expect(logger.lines.length).toBeGreaterThan(2)
    expect(logger.lines.length).toBeLessThanOrEqual(7)
  })

  it('takes its own object for the success of a create whose answer was lost', async () => {
    const { backend, faulty, clock } = setUp()
    faulty.faults.push({ operation: 'put', call: 1, when: 'after' })
    const done = backend.put('k', body, { ifAbsent: true })
    await clock.advance(1000)
    await done
    expect(faulty.calls).toMatchObject({ put: 2, get: 1 })
  })

  it("reports another writer's object, after a lost answer too", async () => {
    const { backend, faulty, clock, memory } = setUp()
    faulty.faults.push({ operation: 'put', call: 1, when: 'before' })
    await memory.put('k', Buffer.from('other'))
    const done = expect(backend.put('k', body, { ifAbsent: true })).rejects.toMatchObject({
      code: 'OBJECT_EXISTS',
    })
    await clock.advance(1000)
    await done
  })

  it('does not look at an object that was there at the first attempt', async () => {
    const { backend, faulty, memory } = setUp()
    await memory.put('k', body)
    await expect(backend.put('k', body, { ifAbsent: true })).rejects.toMatchObject({
      code: 'OBJECT_EXISTS',
    })
    expect(faulty.calls.get).toBe(0)
  })

  it('goes on with a listing behind the last entry', async () => {
    const { clock, memory, logger } = setUp()
    for (const key of ['a', 'b', 'c', 'd']) await memory.put(key, body)
    let breaks = 2
    const broken: ObjectBackend = {
      ...failing(memory, () => {}),
      async *list(prefix) {
        let count = 0
        for await (const entry of memory.list(prefix)) {
          if (breaks > 0 && count++ === 2) {
            breaks--
            throw new StratusError('BACKEND_UNAVAILABLE', 'broke off')
          }
          yield entry
        }
      },
    }
    const backend = new RetryingBackend(broken, { clock, logger, random: { fraction: () => 0 } })
    const keys: string[] = []
    const done = (async () => {
      for await (const { key } of backend.list('')) keys.push(key)
    })()
    await clock.advance(1000)
    await done
    expect(keys).toEqual(['a', 'b', 'c', 'd'])
  })

  it('stops waiting when the signal is aborted', async () => {
    const { backend, faulty, clock, counters } = setUp()
    faulty.faults.push({ operation: 'get', call: 1, when: 'before' })
    const controller = new AbortController()
    const done = expect(backend.get('k', { signal: controller.signal })).rejects.toThrow('enough')
    await clock.advance(0)
    expect(counters.figures.waiting).toBe(1)
    controller.abort(new Error('enough'))
    await done
    expect(faulty.calls.get).toBe(1)
    expect(counters.figures.waiting).toBe(0)
  })

  it('stops waiting when all calls are told to', async () => {
    const { backend, clock, counters, memory, logger } = setUp({ fraction: 1 })
    const error = new StratusError('BACKEND_UNAVAILABLE', 'down')
    const down = failing(memory, () => {
      throw error
    })
    const parts = { clock, logger, random: { fraction: () => 1 } }
    const other = new RetryingBackend(down, {
      ...parts,
      counters: new BackendCounters(counters.memory),
    })
    const done = expect(other.put('k', body)).rejects.toBe(error)
    await clock.advance(60_000)
    counters.stopWaiting()
    await clock.advance(500)
    await done
    expect(counters.figures.waiting).toBe(0)
    await backend[Symbol.asyncDispose]()
  })

  it('stops waiting when it is disposed of', async () => {
    const { backend, faulty, clock } = setUp()
    faulty.faults.push({ operation: 'get', call: 1, when: 'before' })
    const done = expect(backend.get('k')).rejects.toMatchObject({ code: 'FILE_SYSTEM_CLOSED' })
    await clock.advance(0)
    await backend[Symbol.asyncDispose]()
    await done
  })
})
