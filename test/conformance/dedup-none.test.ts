import { describe, it } from 'vitest'
import { dedupIndexCases, registerCases } from '../../src/conformance/index.ts'
import { NoDedupIndex } from '../../src/plugins/dedup-none/no-dedup-index.ts'

// It finds nothing on purpose: the rules that need a complete index do not apply.
registerCases(
  { describe, it },
  'dedup-none',
  dedupIndexCases.filter(({ needs }) => needs === undefined),
  { create: () => new NoDedupIndex() },
)
