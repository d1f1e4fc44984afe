// The tiers of tests, and where each leaves the record of its last run.
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

export const tiers = ['unit', 'conformance', 'property', 'crash', 'fuse', 'e2e']

export const recordFolder = fileURLToPath(new URL('../node_modules/.tiers/', import.meta.url))

/** Path of vitest's JSON report about a tier. */
export const reportPath = (tier) => `${recordFolder}${tier}.json`

/** Path of a file that holds the exit status of the run. It appears when the run is over. */
export const statusPath = (tier) => `${recordFolder}${tier}.status`
