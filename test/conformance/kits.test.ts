import {
  cipherCases,
  commitLogCases,
  compressorCases,
  objectBackendCases,
  splitterCases,
} from '../../src/conformance/index.ts'
import { cipherMutants } from '../support/cipher-mutants.ts'
import { commitLogMutants } from '../support/commit-log-mutants.ts'
import { compressorMutants } from '../support/compressor-mutants.ts'
import { testKitWithMutants } from '../support/mutant-suite.ts'
import { objectBackendMutants } from '../support/object-backend-mutants.ts'
import { splitterMutants } from '../support/splitter-mutants.ts'

testKitWithMutants('the kit of ObjectBackend', objectBackendCases, objectBackendMutants)
testKitWithMutants('the kit of Splitter', splitterCases, splitterMutants)
testKitWithMutants('the kit of Compressor', compressorCases, compressorMutants)
testKitWithMutants('the kit of Cipher', cipherCases, cipherMutants)
testKitWithMutants('the kit of CommitLog', commitLogCases, commitLogMutants)
