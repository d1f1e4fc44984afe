import { expect, it } from 'vitest'
import { ManualClock, SlowBackend } from '../../../src/conformance/index.ts'
import { MemoryBackend } from '../../../src/plugins/backend-memory/memory-backend.ts'

it('sleepers wake in the order of their times, and at them', async () => {
  const clock = new ManualClock(1000)
  const woken: string[] = []
  const sleep = async (name: string, ms: number) => {
    await clock.sleep(ms)
    woken.push(`${name}@${clock.nowMs()}`)
  }
  const sleepers = [sleep('late', 30), sleep('early', 10), sleep('never', 99)]
  await clock.advance(50)
  expect(woken).toEqual(['early@1010', 'late@1030'])
  expect([clock.monotonicMs(), clock.sleeping]).toEqual([50, 1])
  await clock.advance(49)
  await Promise.all(sleepers)
})

it('a sleep ends with the reason of its signal', async () => {
  const clock = new ManualClock()
  const abort = new AbortController()
  const sleep = clock.sleep(10, abort.signal)
  abort.abort(new Error('enough'))
  await expect(sleep).rejects.toThrow('enough')
  expect(clock.sleeping).toBe(0)
})

it('a slow backend takes the time it was given', async () => {
  const clock = new ManualClock()
  const backend = new SlowBackend(new MemoryBackend(new Map(), () => 0), clock, { get: 30 })
  await backend.put('k', Uint8Array.of(1))
  const get = backend.get('k')
  await clock.advance(30)
  expect(await get).toEqual(Uint8Array.of(1))
})
