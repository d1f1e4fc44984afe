import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ConfigRequest, resolveConfig } from '../../../../src/host/config/resolve-config.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stratus-config-'))
  vi.stubEnv('XDG_CONFIG_HOME', folder)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function request(given: Partial<ConfigRequest> = {}): ConfigRequest {
  return { target: 'local:///srv/a', flags: {}, flagNames: {}, configPath: undefined, ...given }
}

function file(text: string): string {
  const path = join(folder, 'stratus.yaml')
  writeFileSync(path, text)
  return path
}

describe('precedence', () => {
  it('is flag, environment, named file system, top of the file, default', async () => {
    const configPath = file(`
compressor: zlib-1
commit: { interval: 1s }
threads: 3
cache: { size: 1GiB, path: here }
fileSystems:
  a: { backend: 'local:///srv/a', compressor: zlib-2, commit: { interval: 2s } }
`)
    vi.stubEnv('STRATUS_COMPRESS', 'zlib-3')
    vi.stubEnv('STRATUS_COMMIT_INTERVAL', '3s')
    const flags = { compressor: 'zlib-4' }
    const config = await resolveConfig(request({ target: 'a', configPath, flags }))
    expect(config).toMatchObject({
      compressor: { use: 'zlib', options: { level: 4 } },
      commitIntervalMs: 3000,
      threads: 3,
      cache: { sizeBytes: 2 ** 30, path: join(folder, 'here'), policy: { use: 'lru' } },
      fsync: 'journal',
    })
  })

  it('finds the entry of a file system by its URL as well', async () => {
    const configPath = file(`
fileSystems:
  a: { backend: { url: 'local:///srv/a' }, passphrase: 'file:secret' }
`)
    const config = await resolveConfig(request({ configPath }))
    expect(config.passphrase).toBe(`file:${join(folder, 'secret')}`)
  })

  it('searches the user’s configuration folder', async () => {
    const path = join(folder, 'stratus', 'stratus.yaml')
    mkdirSync(dirname(path))
    writeFileSync(path, 'fsync: cloud')
    expect(await resolveConfig(request())).toMatchObject({ fsync: 'cloud', configFile: path })
  })
})

describe('problems', () => {
  it('are told all at once, with their paths and the known keys', async () => {
    const configPath = file(`
cachesize: 1GiB
fsync: sometimes
cache: { size: much, sise: 1 }
`)
    const failure = await resolveConfig(request({ configPath })).catch((error: Error) => error)
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID' })
    const { message } = failure as Error
    expect(message).toContain(configPath)
    expect(message).toMatch(/unknown key "cachesize"; known keys: .*cache, /)
    expect(message).toMatch(/cache: unknown key "sise"; known keys: use, path, size/)
    expect(message).toMatch(/cache\.size: "much" is not a size/)
    expect(message).toMatch(/fsync: /)
  })

  it('of flags name the flag', async () => {
    const given = request({
      flags: { cache: { size: 'lots' } },
      flagNames: { 'cache.size': '--cachesize' },
    })
    await expect(resolveConfig(given)).rejects.toThrow('command line: --cachesize: "lots" is not')
  })

  it('say which file systems there are', async () => {
    const configPath = file(`fileSystems: { home: { backend: 'local:///a' } }`)
    await expect(resolveConfig(request({ target: 'hom', configPath }))).rejects.toMatchObject({
      code: 'CONFIG_NOT_FOUND',
      message: expect.stringContaining('it names home'),
    })
  })

  it('include a file that is not there', async () => {
    const configPath = join(folder, 'none.yaml')
    await expect(resolveConfig(request({ configPath }))).rejects.toMatchObject({
      code: 'CONFIG_NOT_FOUND',
    })
  })

  it('include broken YAML', async () => {
    const configPath = file('a: [')
    await expect(resolveConfig(request({ configPath }))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(configPath),
    })
  })

  it('include a cache that is too small', async () => {
    const given = request({ flags: { cache: { size: 1000 } } })
    await expect(resolveConfig(given)).rejects.toThrow('at least 64MiB')
  })
})
