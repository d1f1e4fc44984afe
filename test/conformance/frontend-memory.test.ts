import { describe, it } from 'vitest'
import { frontendCases, registerCases } from '../../src/conformance/index.ts'
import { MemoryFrontendSubject } from '../support/memory-frontend-subject.ts'

registerCases({ describe, it }, 'frontend-memory', frontendCases, {
  create: () => new MemoryFrontendSubject(),
})
