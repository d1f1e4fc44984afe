import { describe, it } from 'vitest'
import { objectBackendCases, registerCases } from '../../src/conformance/index.ts'
import local from '../../src/plugins/backend-local/index.ts'
import { pluginContext } from '../support/plugin-context.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

registerCases({ describe, it }, 'backend-local', objectBackendCases, {
  create: () => local.create({ path: temporaryFolder(), create: false }, pluginContext()),
  has: (backend, capability) => backend.capabilities[capability],
})
