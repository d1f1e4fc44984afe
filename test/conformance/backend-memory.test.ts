import { describe, it } from 'vitest'
import { objectBackendCases, registerCases } from '../../src/conformance/index.ts'
import memory from '../../src/plugins/backend-memory/index.ts'
import { pluginContext } from '../support/plugin-context.ts'

registerCases({ describe, it }, 'backend-memory', objectBackendCases, {
  create: () => memory.create({}, pluginContext()),
  has: (backend, capability) => backend.capabilities[capability],
})
