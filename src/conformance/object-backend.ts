import assert from 'node:assert/strict'
import type { ObjectBackend } from '../core/object-backend.ts'
import type { ConformanceCase } from './case.ts'
import { expectBytes, expectFailure } from './expectations.ts'
import { noise } from './sample-bytes.ts'

/** Capabilities that some rules depend on, as in {@link ObjectBackend.capabilities}. */
export type ObjectBackendCapability = 'conditionalPut'

/** How long a listing may lag behind the puts it should show, milliseconds. */
const LIST_LAG_MS_MAX = 10_000

/** Longest key, bytes. */
const KEY_BYTES_MAX = 512

const GOOD_KEYS = [
  'a',
  'A',
  '0._-',
  '.hidden',
  'dots..inside',
  '...',
  'deep/er/and/deeper/.x/-/_',
  'x'.repeat(200),
  `${'part/'.repeat(KEY_BYTES_MAX / 5)}ab`.slice(0, KEY_BYTES_MAX),
]

const BAD_KEYS = [
  '',
  '/a',
  'a/',
  'a//b',
  '.',
  '..',
  './a',
  '../a',
  'a/../b',
  'a/.',
  'a/..',
  'a b',
  'a\\b',
  'a~b',
  'ä',
  'a\0b',
  'a\n',
  `${'part/'.repeat(KEY_BYTES_MAX / 5)}abc`,
]

/** The rules of {@link ObjectBackend}. */
export const objectBackendCases: readonly ConformanceCase<
  ObjectBackend,
  ObjectBackendCapability
>[] = [
  {
    id: 'OB-01',
    rule: 'get returns what put received, and buffers stay with their owners',
    async run(backend) {
      for (const size of [0, 1, 1000, 1024 * 1024 + 1]) {
        const body = noise(size)
        await backend.put('k', body)
        body.fill(0xee)
        const first = await backend.get('k')
        expectBytes(first, noise(size), `object of ${size} bytes`)
        first.fill(0xee)
        expectBytes(await backend.get('k'), noise(size), 'object whose first copy was overwritten')
      }
    },
  },
  {
    id: 'OB-02',
    rule: 'get of an absent key rejects with OBJECT_NOT_FOUND',
    async run(backend) {
      await expectFailure('OBJECT_NOT_FOUND', 'absent', () => backend.get('absent'))
      await expectFailure('OBJECT_NOT_FOUND', 'absent below a prefix', () => backend.get('no/ne'))
      await backend.put('some/object', noise(1))
      await expectFailure('OBJECT_NOT_FOUND', 'prefix of an object', () => backend.get('some'))
      const range = { offset: 0, length: 1 }
      await expectFailure('OBJECT_NOT_FOUND', 'range', () => backend.get('absent', { range }))
    },
  },
  {
    id: 'OB-03',
    rule: 'delete removes an object and succeeds when there is none',
    async run(backend) {
      await backend.delete('absent')
      await backend.put('k', noise(10))
      await backend.delete('k')
      const left = await backend.get('k').catch(() => new Uint8Array())
      assert.equal(left.length, 0, 'bytes left after delete')
      await backend.delete('k')
    },
  },
  {
    id: 'OB-04',
    rule: 'list yields each object under the prefix once, in ascending byte order, with its size',
    async run(backend) {
      // Order of bytes, which is neither that of a dictionary nor that of a walk through folders.
      const keys = ['b-', 'b.c', 'b/1', 'b/10', 'b/2', 'b/2-', 'b/2.', 'b/_', 'b/a', 'b0']
      for (const [n, key] of [...keys.entries()].toReversed()) await backend.put(key, noise(n))
      await backend.put('a/1', noise(1))
      await backend.put('c', noise(1))
      const sizes = new Map(keys.map((key, n) => [key, n]))
      for (const prefix of ['b', 'b/', 'b/2', 'b/2-', 'nothing', 'b//']) {
        const expected = keys.filter((key) => key.startsWith(prefix))
        for (const { key, sizeBytes } of await listed(backend, prefix, expected)) {
          assert.equal(sizeBytes, sizes.get(key), `size of ${key}`)
        }
      }
      await listed(backend, '', ['a/1', ...keys, 'c'])
    },
  },
  {
    id: 'OB-05',
    rule: 'get with a range inside the object returns exactly those bytes',
    async run(backend) {
      const body = noise(300_000)
      await backend.put('k', body)
      for (const [offset, length] of [
        [0, 1],
        [1, 3],
        [1000, 200_000],
        [0, 299_999],
      ] as const) {
        const part = await backend.get('k', { range: { offset, length } })
        expectBytes(part, body.subarray(offset, offset + length), `${length} bytes at ${offset}`)
      }
    },
  },
  {
    id: 'OB-06',
    rule: 'calls that overlap do not disturb each other',
    async run(backend) {
      const keys = Array.from({ length: 100 }, (_, n) => `${n % 7}/${n}`)
      await Promise.all(keys.map((key, n) => backend.put(key, noise(n * 100, n))))
      const bodies = await Promise.all(keys.map((key) => backend.get(key)))
      for (const [n, body] of bodies.entries()) expectBytes(body, noise(n * 100, n), `object ${n}`)
      await Promise.all(
        keys.map((key, n) => (n % 2 ? backend.delete(key) : backend.put(key, noise(50, n)))),
      )
      for (const [n, key] of keys.entries()) {
        if (n % 2 === 0) expectBytes(await backend.get(key), noise(50, n), `object ${n}`)
      }
    },
  },
  {
    id: 'OB-07',
    rule: 'a reader during an overwrite sees the old object or the new one, each whole',
    async run(backend) {
      const versions = Array.from({ length: 10 }, (_, n) =>
        new Uint8Array(50_000 * (n + 1)).fill(n),
      )
      await backend.put('k', versions[0] ?? new Uint8Array())
      let overwriting = true
      const overwrites = (async () => {
        for (const version of versions) await backend.put('k', version)
      })().finally(() => {
        overwriting = false
      })
      // A failure shows after the loop, where the promise is awaited.
      overwrites.catch(() => {})
      while (overwriting) {
        const seen = await backend.get('k')
        expectBytes(seen, versions[seen[0] ?? -1] ?? new Uint8Array(), 'object during an overwrite')
        // A backend may answer without waiting for anything; the overwrites then need a turn.
        await new Promise((resolve) => setImmediate(resolve))
      }
      await overwrites
    },
  },
  {
    id: 'OB-08',
    rule: 'put with ifAbsent creates an object, and rejects with OBJECT_EXISTS where there is one',
    needs: ['conditionalPut'],
    async run(backend) {
      const ifAbsent = true
      await backend.put('k', noise(100, 1), { ifAbsent })
      await expectFailure('OBJECT_EXISTS', 'a taken key', () =>
        backend.put('k', noise(100, 2), { ifAbsent }),
      )
      await expectFailure('OBJECT_EXISTS', 'the same bytes', () =>
        backend.put('k', noise(100, 1), { ifAbsent }),
      )
      expectBytes(await backend.get('k'), noise(100, 1), 'the object that was there')
      await backend.delete('k')
      await backend.put('k', noise(100, 3), { ifAbsent })
      expectBytes(await backend.get('k'), noise(100, 3), 'object made after a delete')
    },
  },
  {
    id: 'OB-09',
    rule: 'of writers that race with ifAbsent one wins, and its bytes stay',
    needs: ['conditionalPut'],
    async run(backend) {
      for (let round = 0; round < 5; round++) {
        const key = `race/${round}`
        const outcomes = await Promise.allSettled(
          Array.from({ length: 16 }, (_, n) =>
            backend.put(key, noise(10_000, n + 1), { ifAbsent: true }),
          ),
        )
        const winners = outcomes.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []))
        assert.equal(winners.length, 1, 'number of winners')
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'OBJECT_EXISTS')
        }
        expectBytes(
          await backend.get(key),
          noise(10_000, Number(winners) + 1),
          "the winner's object",
        )
      }
    },
  },
  {
    id: 'OB-10',
    rule: 'a range past the end yields the bytes there are, or none',
    async run(backend) {
      const body = noise(1000)
      await backend.put('k', body)
      await backend.put('empty', new Uint8Array())
      for (const [key, offset, length] of [
        ['k', 900, 101],
        ['k', 999, 2 ** 40],
        ['k', 0, 1001],
        ['k', 1000, 1],
        ['k', 5000, 10],
        ['empty', 0, 1],
      ] as const) {
        const part = await backend.get(key, { range: { offset, length } })
        const expected = key === 'k' ? body.subarray(offset, offset + length) : new Uint8Array()
        expectBytes(part, expected, `${length} bytes at ${offset} of ${key}`)
      }
    },
  },
  {
    id: 'OB-11',
    rule: 'every allowed key is a key of its own, and others are refused with OPTIONS_INVALID',
    async run(backend) {
      for (const [n, key] of GOOD_KEYS.entries()) await backend.put(key, noise(20, n + 1))
      for (const [n, key] of GOOD_KEYS.entries()) {
        expectBytes(await backend.get(key), noise(20, n + 1), `object ${key}`)
      }
      for (const key of BAD_KEYS) {
        await expectFailure('OPTIONS_INVALID', `put ${key}`, () => backend.put(key, noise(1)))
        await expectFailure('OPTIONS_INVALID', `get ${key}`, () => backend.get(key))
        await expectFailure('OPTIONS_INVALID', `delete ${key}`, () => backend.delete(key))
      }
    },
  },
]

/** Lists until nothing is missing any more: a store may be late, but never wrong. */
async function listed(backend: ObjectBackend, prefix: string, expected: readonly string[]) {
  const deadlineMs = performance.now() + LIST_LAG_MS_MAX
  for (;;) {
    const entries = []
    for await (const entry of backend.list(prefix)) entries.push(entry)
    const keys = entries.map(({ key }) => key)
    // What is there has to be right at once.
    assert.deepEqual(
      keys,
      expected.filter((key) => keys.includes(key)),
      `keys under "${prefix}"`,
    )
    if (keys.length === expected.length) return entries
    assert.ok(performance.now() < deadlineMs, `keys under "${prefix}" are missing`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
