import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadConfigFile } from '../../../../src/host/config/config-file.ts'
import { resolveConfig } from '../../../../src/host/config/resolve-config.ts'
import { configSchema } from '../../../../src/host/config/schema.ts'
import { PluginLoader } from '../../../../src/host/plugin-loader.ts'
import { checkPluginOptions } from '../../../../src/host/plugin-options.ts'

const folder = fileURLToPath(new URL('../../../../config/', import.meta.url))
const names = readdirSync(folder)

describe.each(names)('config/%s', (name) => {
  const path = folder + name

  it('opens with a comment on when to use it', () => {
    expect(readFileSync(path, 'utf8')).toMatch(/^# [A-Z]/)
  })

  it('is valid down to the options of each plugin', async () => {
    const file = await loadConfigFile(path)
    const fileSystems = Object.keys(file?.tree.fileSystems ?? {})
    expect(fileSystems).not.toHaveLength(0)
    for (const target of fileSystems) {
      const config = await resolveConfig({
        target,
        configPath: path,
        flags: {},
        flagNames: {},
      })
      const loader = new PluginLoader(config.plugins)
      const backend = await loader.backendChoice(config.backend)
      const chosen = [
        ['backend', backend],
        ['compressor', config.compressor],
        ['dedup', config.dedup],
        ['cache', config.cache.policy],
        ['commit-log', config.commitLog],
        ['frontend', config.frontend],
        ...(config.splitter ? ([['splitter', config.splitter]] as const) : []),
        ...(config.cipher ? ([['cipher', config.cipher]] as const) : []),
      ] as const
      for (const [kind, { use, options }] of chosen) {
        await checkPluginOptions(await loader.find(kind, use), options)
      }
    }
  })
})

it('config/all-settings.yaml has every key there is', async () => {
  const file = await loadConfigFile(`${folder}all-settings.yaml`)
  expect(Object.keys(file?.tree ?? {}).sort()).toEqual(Object.keys(configSchema.shape).sort())
})
