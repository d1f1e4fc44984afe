import { existsSync, mkdirSync, readdirSync, rmdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../../src/conformance/index.ts'
import { Clock } from '../../../../src/core/index.ts'
import local from '../../../../src/plugins/backend-local/index.ts'
import { pluginContext } from '../../../support/plugin-context.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const body = Uint8Array.of(1, 2, 3)

function open(path: string, clock = new ManualClock()) {
  return local.create({ path, create: false }, pluginContext([[Clock, clock]]))
}

describe('the folder of backend-local', () => {
  it('holds each object in a file whose path is its key, and no temporary file', async () => {
    const path = temporaryFolder()
    await using backend = await open(path)
    await backend.put('log/0001', body)
    await backend.put('log/0002', body, { ifAbsent: true })
    await expect(backend.put('log/0002', body, { ifAbsent: true })).rejects.toThrow('exists')
    expect(readdirSync(path, { recursive: true }).sort()).toEqual([
      'log',
      'log/0001',
      'log/0002',
      '~tmp',
    ])
  })

  it('may be missing for reads, and is never made by a write', async () => {
    const path = join(temporaryFolder(), 'missing')
    await using backend = await open(path)
    await expect(backend.get('k')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
    await backend.delete('k')
    for await (const entry of backend.list('')) expect.unreachable(entry.key)
    await expect(backend.put('a/b', body)).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' })
    expect(existsSync(path)).toBe(false)
  })

  it('is made with its parents when `create` says so', async () => {
    const path = join(temporaryFolder(), 'some', 'where')
    await using backend = await local.create({ path, create: true }, pluginContext())
    await backend.put('k', body)
    expect(await backend.get('k')).toEqual(Buffer.from(body))
  })

  it('may lose an empty folder: the put that notices fails, and the next one succeeds', async () => {
    const path = temporaryFolder()
    await using backend = await open(path)
    await backend.put('a/b', body)
    await backend.delete('a/b')
    rmdirSync(join(path, 'a'))
    await expect(backend.put('a/b', body)).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' })
    await backend.put('a/b', body)
    expect(readdirSync(join(path, '~tmp'))).toEqual([])
  })

  it('refuses a key below an object', async () => {
    await using backend = await open(temporaryFolder())
    await backend.put('a', body)
    await expect(backend.put('a/b', body)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' })
    await expect(backend.get('a/b')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
  })

  it('may hold files of others, which a listing leaves out', async () => {
    const path = temporaryFolder()
    mkdirSync(join(path, 'lost+found'))
    writeFileSync(join(path, 'a note.txt'), 'mine')
    await using backend = await open(path)
    await backend.put('k', body)
    const keys = []
    for await (const { key } of backend.list('')) keys.push(key)
    expect(keys).toEqual(['k'])
  })

  it('loses the leftovers of dead processes after a day', async () => {
    const path = temporaryFolder()
    const clock = new ManualClock()
    mkdirSync(join(path, '~tmp'))
    const ages = { '99999999-old': 25, '99999999-new': 23, [`${process.pid}-own`]: 25 }
    for (const [name, hours] of Object.entries(ages)) {
      const file = join(path, '~tmp', name)
      writeFileSync(file, 'half an object')
      const seconds = clock.nowMs() / 1000 - hours * 3600
      utimesSync(file, seconds, seconds)
    }
    await using backend = await open(path, clock)
    expect(readdirSync(join(path, '~tmp'))).toHaveLength(3)
    await backend.put('k', body)
    expect(readdirSync(join(path, '~tmp')).sort()).toEqual(
      ['99999999-new', `${process.pid}-own`].sort(),
    )
  })

  it('keeps an aborted put out', async () => {
    const path = temporaryFolder()
    await using backend = await open(path)
    const abort = new AbortController()
    const put = backend.put('k', new Uint8Array(1024 * 1024), { signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(put).rejects.toThrow('enough')
    await expect(backend.get('k')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
    expect(readdirSync(join(path, '~tmp'))).toEqual([])
  })
})

describe('the storage URL of backend-local', () => {
  it('is a path behind local://', () => {
    expect(local.fromUrl?.('/srv/store/')).toEqual({ path: '/srv/store' })
  })

  it('has to be absolute, and the message says how', () => {
    expect(() => local.fromUrl?.('srv/store')).toThrow('local:///srv/store')
  })
})
