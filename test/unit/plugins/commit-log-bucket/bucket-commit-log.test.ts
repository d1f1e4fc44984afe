import { expect, it, vi } from 'vitest'
import { FaultyBackend } from '../../../../src/conformance/index.ts'
import { MemoryBackend } from '../../../../src/plugins/backend-memory/memory-backend.ts'
import { BucketCommitLog } from '../../../../src/plugins/commit-log-bucket/bucket-commit-log.ts'

const record = Uint8Array.of(1, 2, 3)

function memory(): MemoryBackend {
  return new MemoryBackend(new Map(), () => 0)
}

it('keys sort like sequences', () => {
  const log = new BucketCommitLog(memory())
  expect(log.key(1)).toBe('log/0000000000000001')
  expect(log.key(Number.MAX_SAFE_INTEGER)).toBe('log/001fffffffffffff')
})

it('an append whose answer is lost reports so, and the same append again succeeds', async () => {
  const backend = new FaultyBackend(memory(), [{ operation: 'put', call: 1, when: 'after' }])
  const log = new BucketCommitLog(backend)
  await expect(log.append(1, record)).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' })
  await log.append(1, record)
  expect(await log.read(1)).toEqual(record)
})

it('a lost answer that hides the record of another writer ends in FENCED', async () => {
  const inner = memory()
  const backend = new FaultyBackend(inner, [{ operation: 'put', call: 1, when: 'before' }])
  const log = new BucketCommitLog(backend)
  await expect(log.append(1, record)).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' })
  await new BucketCommitLog(inner).append(1, Uint8Array.of(9))
  await expect(log.append(1, record)).rejects.toMatchObject({ code: 'FENCED' })
})

it('a taken number whose record cannot be read stays undecided', async () => {
  const inner = memory()
  await new BucketCommitLog(inner).append(1, record)
  const log = new BucketCommitLog(
    new FaultyBackend(inner, [{ operation: 'get', call: 1, when: 'before' }]),
  )
  await expect(log.append(1, record)).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' })
})

it('has transfers one byte, and reports a store that does not answer', async () => {
  const inner = memory()
  const get = vi.spyOn(inner, 'get')
  const log = new BucketCommitLog(inner)
  await log.append(1, record)
  expect(await log.has(1)).toBe(true)
  expect(await log.has(2)).toBe(false)
  const range = { offset: 0, length: 1 }
  expect(get.mock.calls).toEqual([
    [log.key(1), { range }],
    [log.key(2), { range }],
  ])
  const cut = new FaultyBackend(inner, [{ operation: 'get', call: 1, when: 'before' }])
  await expect(new BucketCommitLog(cut).has(1)).rejects.toMatchObject({
    code: 'BACKEND_UNAVAILABLE',
  })
})

it('truncate leaves what a broken truncate left behind no chance', async () => {
  const backend = new FaultyBackend(memory())
  const log = new BucketCommitLog(backend)
  for (let sequence = 1; sequence <= 200; sequence++) await log.append(sequence, record)
  backend.faults.push({ operation: 'delete', call: 70, when: 'before' })
  await expect(log.truncate(150)).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' })
  await log.truncate(199)
  const keys = []
  for await (const { key } of backend.list('')) keys.push(key)
  expect(keys).toEqual([log.key(200)])
})

it('truncate asks for nothing that is not there', async () => {
  const backend = new FaultyBackend(memory())
  const log = new BucketCommitLog(backend)
  await log.append(1_000_000, record)
  await backend.put('log/of-something-else', record)
  await log.truncate(1_000_000)
  expect(backend.calls).toMatchObject({ list: 1, delete: 1, get: 0 })
  expect(await backend.get('log/of-something-else')).toEqual(record)
})

it('a store without an atomic create is refused', () => {
  const backend = memory()
  const without = Object.assign(Object.create(backend), {
    capabilities: { ...backend.capabilities, conditionalPut: false },
  })
  expect(() => new BucketCommitLog(without)).toThrow('cannot decide')
})
