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
import { cachePolicyMutants } from '../support/cache-policy-mutants.ts'
import { cipherMutants } from '../support/cipher-mutants.ts'
import { commitLogMutants } from '../support/commit-log-mutants.ts'
import { compressorMutants } from '../support/compressor-mutants.ts'
import { dedupIndexMutants } from '../support/dedup-index-mutants.ts'
import { frontendMutants } from '../support/frontend-mutants.ts'
import { metadataStoreMutants } from '../support/metadata-store-mutants.ts'
import { testKitWithMutants } from '../support/mutant-suite.ts'
import { objectBackendMutants } from '../support/object-backend-mutants.ts'
import { splitterMutants } from '../support/splitter-mutants.ts'

testKitWithMutants('the kit of ObjectBackend', objectBackendCases, objectBackendMutants)
testKitWithMutants('the kit of Splitter', splitterCases, splitterMutants)
testKitWithMutants('the kit of Compressor', compressorCases, compressorMutants)
testKitWithMutants('the kit of Cipher', cipherCases, cipherMutants)
testKitWithMutants('the kit of CommitLog', commitLogCases, commitLogMutants)
testKitWithMutants('the kit of DedupIndex', dedupIndexCases, dedupIndexMutants)
testKitWithMutants('the kit of CachePolicy', cachePolicyCases, cachePolicyMutants)
testKitWithMutants('the kit of MetadataStore', metadataStoreCases, metadataStoreMutants)
testKitWithMutants('the kit of Frontend', frontendCases, frontendMutants)
