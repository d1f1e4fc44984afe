import { expect, it } from 'vitest'
import { PLUGIN_API_VERSION } from '../../../src/core/index.ts'
import { builtinPlugins } from '../../../src/plugins/registry.ts'

const entries = Object.entries(builtinPlugins).flatMap(([kind, loaders]) =>
  Object.entries(loaders).map(([id, load]) => ({ kind, id, load })),
)

it.each(entries)(
  '$kind/$id is registered under its own kind and id',
  async ({ kind, id, load }) => {
    const { default: plugin } = await load()
    expect(plugin).toMatchObject({ apiVersion: PLUGIN_API_VERSION, kind, id })
  },
)
