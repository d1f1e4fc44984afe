import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import {
  cachePolicyCases,
  cipherCases,
  commitLogCases,
  compressorCases,
  dedupIndexCases,
  frontendCases,
  metadataStoreCases,
  objectBackendCases,
  splitterCases,
} from '../../src/conformance/index.ts'

const kits = [
  { contract: 'object-backend', prefix: 'OB', cases: objectBackendCases },
  { contract: 'splitter', prefix: 'SP', cases: splitterCases },
  { contract: 'compressor', prefix: 'CO', cases: compressorCases },
  { contract: 'cipher', prefix: 'CI', cases: cipherCases },
  { contract: 'commit-log', prefix: 'CL', cases: commitLogCases },
  { contract: 'dedup-index', prefix: 'DI', cases: dedupIndexCases },
  { contract: 'cache-policy', prefix: 'CP', cases: cachePolicyCases },
  { contract: 'metadata-store', prefix: 'MS', cases: metadataStoreCases },
  { contract: 'frontend', prefix: 'FE', cases: frontendCases },
]

it.each(kits)('$contract quotes every rule of its kit, and no other', (kit) => {
  const source = readFileSync(new URL(`../../src/core/${kit.contract}.ts`, import.meta.url), 'utf8')
  const quoted = new Set(source.match(new RegExp(`\\b${kit.prefix}-\\d\\d\\b`, 'g')))
  expect([...quoted].sort()).toEqual(kit.cases.map((rule) => rule.id))
})
