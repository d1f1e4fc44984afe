/**
 * The contracts of Stratus: what a plugin implements and what it may rely on.
 *
 * @module
 */
export * from './cache-policy.ts'
export * from './cipher.ts'
export * from './commit-log.ts'
export * from './compressor.ts'
export * from './dedup-index.ts'
export * from './errors.ts'
export * from './frontend.ts'
export * from './metadata-store.ts'
export * from './object-backend.ts'
export * from './operations.ts'
export * from './plugin.ts'
export * from './rows.ts'
export * from './services.ts'
export * from './splitter.ts'
export * from './token.ts'
export * from './units.ts'
