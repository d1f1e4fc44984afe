/**
 * The way from a configuration file to a working plugin, with the packages of plugins/ as somebody
 * else's: files are resolved, read and run by Node as they are, and import the built `stratusfs`.
 */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { resolveConfig } from '../../../src/host/config/resolve-config.ts'
import { PluginLoader } from '../../../src/host/plugin-loader.ts'
import { pluginContext } from '../../support/plugin-context.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const packages = fileURLToPath(new URL('../../../plugins/', import.meta.url))
const sieve = join(packages, 'cache-sieve/sieve.js')
const brotli = join(packages, 'compressor-brotli/brotli.js')

let folder: string

beforeEach(() => {
  folder = temporaryFolder()
})

/** Installs the packages beside the configuration file, as npm does with a folder. */
function install(): void {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(packages, 'cache-sieve'), join(folder, 'node_modules/stratus-plugin-sieve'))
  symlinkSync(
    join(packages, 'compressor-brotli'),
    join(folder, 'node_modules/stratus-plugin-brotli'),
  )
}

/** Writes a configuration file, reads it and builds the two components it names. */
async function build(...lines: string[]) {
  const configPath = join(folder, 'stratus.yaml')
  writeFileSync(configPath, lines.join('\n'))
  const config = await resolveConfig({
    target: 'memory://any',
    flags: {},
    flagNames: {},
    configPath,
  })
  const loader = new PluginLoader(config.plugins)
  return {
    loader,
    policy: await loader.build('cache', config.cache.policy, pluginContext()),
    compressor: await loader.build('compressor', config.compressor, pluginContext()),
  }
}

/** The two ways to name a file: where it is used, and in the list of plugins. */
function named(path: string): string[][] {
  return [[`cache: { use: ${path} }`], [`plugins: [${path}]`, 'cache: { use: own }']]
}

/** A policy that can be told from `lru`: the block that was read keeps its place in the queue. */
async function expectBothWork({ policy, compressor }: Awaited<ReturnType<typeof build>>) {
  for (const block of [1, 2, 3]) policy.admitted(block)
  policy.touched(1)
  expect(policy.victim(() => false)).toBe(2)
  policy.removed(2)
  policy.removed(3)
  expect(policy.victim(() => false)).toBe(1)

  expect(compressor.formatId).toBe(6)
  const plain = new Uint8Array(10_000).fill(7)
  const compressed = await compressor.compress(plain)
  expect(compressed.length).toBeLessThan(100)
  expect(new Uint8Array(await compressor.decompress(compressed, plain.length))).toEqual(plain)
}

describe('the example packages load', () => {
  it.each([
    ['an absolute path', (path: string) => path],
    ['a path from the folder of the configuration file', (path: string) => relative(folder, path)],
  ])('by %s', async (_, written) => {
    await expectBothWork(
      await build(
        `cache: { use: ${written(sieve)} }`,
        `compressor: { use: ${written(brotli)}, level: 9 }`,
      ),
    )
  })

  it('by name, from node_modules beside the configuration file', async () => {
    install()
    await expectBothWork(await build('cache: { use: sieve }', 'compressor: brotli-9'))
  })

  it('by id, from the list of plugins, which makes the format readable without being chosen', async () => {
    const { loader } = await build(`plugins: [${brotli}]`, 'compressor: none')
    expect(await loader.known('compressor')).toContain('brotli')
    await expectBothWork(
      await build(`plugins: [${sieve}, ${brotli}]`, 'cache: { use: sieve }', 'compressor: brotli'),
    )
  })
})

describe('their options', () => {
  it.each([
    ['compressor: brotli-12', 'options of compressor brotli: level: write a whole number'],
    ['compressor: { use: brotli, level: high }', 'level: write a whole number'],
    ['compressor: { use: brotli, size: 3 }', 'unknown option "size" (known: level)'],
    ['cache: { use: { use: sieve, size: 3 } }', 'there are no options; unknown: size'],
  ])('%s is refused', async (line, message) => {
    install()
    await expect(build(line)).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining(message),
    })
  })
})

describe('what does not load stops the command and names the file', () => {
  const old = `export default {
    apiVersion: 99, kind: 'cache', id: 'old', create: async () => ({}),
    options: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
  }`

  it.each([
    ['another version of the interface', old, /own\.js is written for .* 99; this program has 1$/],
    ['no default export', 'export const plugin = 1', /own\.js does not export a plugin by default/],
    ['an import that is not there', "import 'no-such-package'", /own\.js does not load: .*no-such/],
  ])('%s', async (_, text, message) => {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'own.js'), text)
    for (const lines of named('./own.js')) {
      await expect(build(...lines)).rejects.toMatchObject({
        code: 'PLUGIN_INVALID',
        message: expect.stringMatching(message),
      })
    }
  })

  it('a missing file: names the path', async () => {
    for (const lines of named('./gone.js')) {
      await expect(build(...lines)).rejects.toMatchObject({
        code: 'PLUGIN_NOT_FOUND',
        message: expect.stringContaining(`looked for ${join(folder, 'gone.js')}`),
      })
    }
  })

  it('a missing package: names both packages, the folder, and what is built in', async () => {
    await expect(build('cache: { use: sieve }')).rejects.toMatchObject({
      code: 'PLUGIN_NOT_FOUND',
      message:
        `no cache "sieve" (looked for the package sieve in ${folder}, ` +
        `the package stratus-plugin-sieve in ${folder}; built in: lru)`,
    })
  })
})
