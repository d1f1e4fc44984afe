import { describe, it } from 'vitest'
import { commitLogCases, registerCases } from '../../src/conformance/index.ts'
import { ObjectBackend } from '../../src/core/index.ts'
import local from '../../src/plugins/backend-local/index.ts'
import memory from '../../src/plugins/backend-memory/index.ts'
import bucketLog from '../../src/plugins/commit-log-bucket/index.ts'
import { pluginContext } from '../support/plugin-context.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

registerCases({ describe, it }, 'commit-log-bucket in memory', commitLogCases, {
  async create() {
    const backend = await memory.create({}, pluginContext())
    return () => bucketLog.create({}, pluginContext([[ObjectBackend, backend]]))
  },
})

registerCases({ describe, it }, 'commit-log-bucket in a folder', commitLogCases, {
  create() {
    const path = temporaryFolder()
    return async () => {
      const backend = await local.create({ path, create: false }, pluginContext())
      return await bucketLog.create({}, pluginContext([[ObjectBackend, backend]]))
    }
  },
})
