import { describe, expect, it } from 'vitest'
import { FaultyBackend } from '../../../src/conformance/index.ts'
import { BackendCounters } from '../../../src/engine/decorators/backend-counters.ts'
import { CountingBackend } from '../../../src/engine/decorators/counting-backend.ts'
import { MemoryBackend } from '../../../src/plugins/backend-memory/memory-backend.ts'

describe('CountingBackend', () => {
  it('counts requests, failures and bytes of each operation', async () => {
    const counters = new BackendCounters()
    const faulty = new FaultyBackend(new MemoryBackend(new Map(), Date.now))
    const backend = new CountingBackend(faulty, counters)
    await backend.put('a', Buffer.alloc(100))
    await backend.put('b', Buffer.alloc(20))
    await backend.get('a', { range: { offset: 90, length: 50 } })
    await expect(backend.get('c')).rejects.toThrow()
    await backend.delete('b')
    expect(await keysOf(backend)).toEqual(['a'])
    faulty.faults.push({ operation: 'list', call: 2, when: 'after' })
    await expect(keysOf(backend)).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' })
    expect(counters.figures).toEqual({
      put: { requests: 2, failures: 0, bytes: 120 },
      get: { requests: 2, failures: 1, bytes: 10 },
      delete: { requests: 1, failures: 0, bytes: 0 },
      list: { requests: 2, failures: 1, bytes: 0 },
      waiting: 0,
    })
  })

  it('adds up what several threads count into one memory', async () => {
    const counters = new BackendCounters()
    const other = new BackendCounters(counters.memory)
    counters.add('get', 'bytes', 2 ** 40)
    other.add('get', 'bytes', 5)
    other.wait(1)
    expect(counters.figures.get.bytes).toBe(2 ** 40 + 5)
    expect(counters.figures.waiting).toBe(1)
  })
})

async function keysOf(backend: CountingBackend): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of backend.list('')) keys.push(key)
  return keys
}
