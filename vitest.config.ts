import { defineConfig } from 'vitest/config'

const SECOND = 1000

/** A tier of tests that share a folder, a time limit and a way of running. */
function tier(name: string, timeoutMs: number, options: { mounts?: boolean } = {}) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      pool: 'forks' as const,
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      // Mounts are seen by the whole machine, and their tests measure time: one file after another.
      ...(options.mounts
        ? { fileParallelism: false, globalSetup: ['test/support/require-fuse.ts'] }
        : { maxWorkers: 2 }),
    },
  }
}

export default defineConfig({
  test: {
    projects: [
      tier('unit', 10 * SECOND),
      tier('conformance', 30 * SECOND),
      tier('property', 120 * SECOND),
      tier('crash', 120 * SECOND),
      tier('fuse', 120 * SECOND, { mounts: true }),
      tier('e2e', 300 * SECOND, { mounts: true }),
    ],
  },
})
