import { describe, it } from 'vitest'
import { dedupIndexCases, registerCases } from '../../src/conformance/index.ts'
import { MetadataStore } from '../../src/core/index.ts'
import exact from '../../src/plugins/dedup-exact/index.ts'
import { openStore } from '../../src/plugins/metadata-sqlite/open-store.ts'
import { pluginContext } from '../support/plugin-context.ts'
import { StoredIndex } from '../support/stored-index.ts'

registerCases({ describe, it }, 'dedup-exact', dedupIndexCases, {
  async create() {
    const store = openStore({ path: ':memory:', cacheBytes: 1024 * 1024 })
    const index = await exact.create({}, pluginContext([[MetadataStore, store]]))
    return new StoredIndex(store, index)
  },
})
