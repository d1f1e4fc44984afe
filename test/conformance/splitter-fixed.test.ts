import { describe, it } from 'vitest'
import { registerCases, splitterCases } from '../../src/conformance/index.ts'
import { FixedSplitter } from '../../src/plugins/splitter-fixed/fixed-splitter.ts'

registerCases({ describe, it }, 'splitter-fixed', splitterCases, {
  create: () => () => new FixedSplitter(4096),
})
