import { expect, it } from 'vitest'
import { FlushRequests } from '../../../src/host/flush-requests.ts'

it('knows how each flush went', async () => {
  const outcomes = [Promise.resolve(), Promise.reject(new Error('the store is full'))]
  const flushes = new FlushRequests(() => outcomes.shift() ?? new Promise(() => undefined))
  for (const id of ['a', 'b', 'c']) flushes.start(id)
  await new Promise(setImmediate)
  expect(flushes.states).toEqual([
    { id: 'c', state: 'running' },
    { id: 'a', state: 'done' },
    { id: 'b', state: 'failed', message: 'the store is full' },
  ])
})

it('remembers the last sixteen', async () => {
  const flushes = new FlushRequests(async () => undefined)
  for (let id = 0; id < 40; id++) flushes.start(String(id))
  await new Promise(setImmediate)
  expect(flushes.states.map(({ id }) => id)).toEqual(
    Array.from({ length: 16 }, (_, index) => String(24 + index)),
  )
})
