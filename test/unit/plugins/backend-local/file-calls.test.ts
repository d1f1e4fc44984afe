import { beforeEach, expect, it, vi } from 'vitest'
import local from '../../../../src/plugins/backend-local/index.ts'
import { pluginContext } from '../../../support/plugin-context.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const calls = vi.hoisted(() => [] as string[])

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<Record<string, unknown>>()
  const counted = Object.entries(real).map(([name, value]) => {
    if (typeof value !== 'function' || !/^[a-z]/.test(name)) return [name, value]
    const call = (...parameters: unknown[]) => {
      calls.push(name.replace(/Sync$/, ''))
      return value(...parameters)
    }
    return [name, call]
  })
  return Object.fromEntries(counted)
})

const body = new Uint8Array(100_000)
let backend: Awaited<ReturnType<typeof local.create>>

beforeEach(async () => {
  backend = await local.create({ path: temporaryFolder(), create: false }, pluginContext())
  await backend.put('a/warm', body)
  calls.length = 0
})

it('a put to a known folder takes 8 calls, and the body is durable before it has a name', async () => {
  await backend.put('a/b', body)
  const write = ['open', 'write', 'fdatasync', 'close', 'rename']
  expect(calls).toEqual([...write, 'open', 'fsync', 'close'])
})

it('an exclusive put links instead of renaming', async () => {
  await backend.put('a/b', body, { ifAbsent: true })
  const write = ['open', 'write', 'fdatasync', 'close', 'link', 'unlink']
  expect(calls).toEqual([...write, 'open', 'fsync', 'close'])
})

it('a get takes 4 calls, whole or in part', async () => {
  await backend.get('a/warm')
  await backend.get('a/warm', { range: { offset: 10, length: 20 } })
  const get = ['open', 'fstat', 'read', 'close']
  expect(calls).toEqual([...get, ...get])
})

it('puts that overlap share the flushes of their folder', async () => {
  await Promise.all(Array.from({ length: 16 }, (_, n) => backend.put(`a/${n}`, body)))
  expect(calls.filter((call) => call === 'fdatasync')).toHaveLength(16)
  expect(calls.filter((call) => call === 'fsync').length).toBeLessThan(16)
})

it('a new folder is made once, and durable before an object is in it', async () => {
  await Promise.all([backend.put('new/er/1', body), backend.put('new/er/2', body)])
  expect(calls.filter((call) => call === 'mkdir')).toHaveLength(2)
  expect(calls.indexOf('fsync')).toBeLessThan(calls.indexOf('rename'))
})
