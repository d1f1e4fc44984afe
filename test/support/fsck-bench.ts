/** Runs a check of a bench's bucket, as the host would. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../../src/core/services.ts'
import { type CheckReport, checkFileSystem } from '../../src/engine/maintenance/fsck.ts'
import { History } from '../../src/engine/recovery/history.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { BucketCommitLog } from '../../src/plugins/commit-log-bucket/bucket-commit-log.ts'
import { ExactIndex } from '../../src/plugins/dedup-exact/exact-index.ts'
import { TEMPORARY } from '../../src/plugins/metadata-sqlite/connection.ts'
import { openStore } from '../../src/plugins/metadata-sqlite/open-store.ts'
import type { EngineBench } from './engine-bench.ts'

/**
 * Checks the bucket of a bench, and the local state of one of its machines.
 *
 * @param data - also read every object, byte by byte
 */
export async function check(
  bench: EngineBench,
  machine?: string,
  data?: boolean,
): Promise<CheckReport> {
  const scratchDirectory = mkdtempSync(join(tmpdir(), 'stratus-check-'))
  const store = openStore({ path: TEMPORARY, cacheBytes: 1 << 24 })
  try {
    const { pipeline, cipher, identity } = bench.reader()
    return await checkFileSystem({
      store,
      dedup: new ExactIndex(store),
      pipeline,
      log: new BucketCommitLog(bench.backend),
      cipher,
      identity,
      clock: systemClock,
      logger: silentLogger,
      scratchDirectory,
      stateDirectory: machine && join(bench.folder, machine),
      data,
    })
  } finally {
    store[Symbol.dispose]()
    rmSync(scratchDirectory, { recursive: true, force: true })
  }
}

/** Reads a bench's log and checkpoints. */
export function historyOf(bench: EngineBench): History {
  const { sealing } = bench.reader()
  return new History(bench.backend, new BucketCommitLog(bench.backend), sealing)
}
