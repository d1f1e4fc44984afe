/**
 * The conformance kit: the rules of each contract as data, a way to run them under any test runner,
 * and doubles that plugin authors need in their own tests.
 *
 * @module
 */
export * from './altered-operations.ts'
export * from './cache-policy.ts'
export * from './case.ts'
export * from './cipher.ts'
export * from './commit-log.ts'
export * from './compressor.ts'
export * from './dedup-index.ts'
export * from './faulty-backend.ts'
export * from './frontend.ts'
export * from './manual-clock.ts'
export * from './metadata-store.ts'
export * from './object-backend.ts'
export * from './recording-logger.ts'
export * from './reference-operations.ts'
export * from './runner.ts'
export * from './slow-backend.ts'
export * from './splitter.ts'
