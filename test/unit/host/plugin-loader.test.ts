import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PLUGIN_API_VERSION, silentLogger } from '../../../src/core/index.ts'
import { PluginLoader } from '../../../src/host/plugin-loader.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stratus-plugins-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

function source(kind: string, id: string, apiVersion = PLUGIN_API_VERSION): string {
  return `export default {
    apiVersion: ${apiVersion}, kind: '${kind}', id: '${id}',
    options: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
    create: async (options) => ({ made: '${id}', options }),
  }`
}

const context = {
  logger: silentLogger,
  resolve: () => {
    throw new Error('nothing to resolve')
  },
}

function loader(...modules: string[]): PluginLoader {
  return new PluginLoader({ folder, modules })
}

describe('where plugins come from', () => {
  it('built in', async () => {
    expect(await loader().find('compressor', 'none')).toMatchObject({ id: 'none' })
  })

  it('a path from the folder of the configuration file', async () => {
    write('own/cipher.mjs', source('cipher', 'mine'))
    expect(await loader().find('cipher', './own/cipher.mjs')).toMatchObject({ id: 'mine' })
  })

  it('a package that can only be imported', async () => {
    write('node_modules/@me/c/package.json', '{"exports": {".": {"import": "./in/x.mjs"}}}')
    write('node_modules/@me/c/in/x.mjs', source('cipher', 'scoped'))
    expect(await loader().find('cipher', '@me/c')).toMatchObject({ id: 'scoped' })
  })

  it('a package called stratus-plugin-NAME', async () => {
    write('node_modules/stratus-plugin-foo/package.json', '{"main": "foo.mjs"}')
    write('node_modules/stratus-plugin-foo/foo.mjs', source('cache', 'foo'))
    expect(await loader().find('cache', 'foo')).toMatchObject({ id: 'foo' })
  })

  it('the list of the configuration file, by id; its backends bring URL schemes', async () => {
    write('listed.mjs', `${source('backend', 'shelf')}`)
    const listing = loader('./listed.mjs')
    expect(await listing.find('backend', 'shelf')).toMatchObject({ id: 'shelf' })
    expect(await listing.known('backend')).toEqual(['local', 'memory', 'shelf'])
    await expect(listing.backendChoice({ url: 'shelf://x' })).rejects.toThrow('takes no URL')
  })
})

describe('what goes wrong', () => {
  it('nothing of the name: says what was tried', async () => {
    await expect(loader().find('backend', 'nope')).rejects.toMatchObject({
      code: 'PLUGIN_NOT_FOUND',
      message: expect.stringMatching(/package nope.*package stratus-plugin-nope.*local, memory/),
    })
  })

  it('another interface version: says both', async () => {
    write('old.mjs', source('cipher', 'old', 7))
    await expect(loader().find('cipher', './old.mjs')).rejects.toMatchObject({
      code: 'PLUGIN_INVALID',
      message: expect.stringMatching(/interface 7.*has 1/),
    })
  })

  it('another kind', async () => {
    write('c.mjs', source('cipher', 'c'))
    await expect(loader().find('cache', './c.mjs')).rejects.toThrow('is a cipher, where a cache')
  })

  it.each([
    ['no plugin at all', 'export default 5'],
    ['no default export', 'export const x = 1'],
  ])('%s', async (_, text) => {
    write('x.mjs', text)
    await expect(loader().find('cipher', './x.mjs')).rejects.toMatchObject({
      code: 'PLUGIN_INVALID',
    })
  })

  it('a module that does not load', async () => {
    write('broken.mjs', 'throw new Error("on purpose")')
    await expect(loader().find('cipher', './broken.mjs')).rejects.toThrow(/does not load: on purp/)
  })

  it('wrong options: all of them, with the known keys', async () => {
    const choice = { use: 'zlib', options: { level: 99, colour: 'red' } }
    await expect(loader().build('compressor', choice, context)).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringMatching(/compressor zlib: .*level: .*colour.*\(known: level\)/),
    })
  })
})
