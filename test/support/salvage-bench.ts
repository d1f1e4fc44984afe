/** Runs `salvage` on the journals of a bench's machine, as the host would. */
import { cpSync, existsSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { silentLogger } from '../../src/core/services.ts'
import { journalFolders } from '../../src/engine/maintenance/local-journals.ts'
import { type Salvaged, salvage } from '../../src/engine/recovery/salvage.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { LruPolicy } from '../../src/plugins/cache-lru/lru-policy.ts'
import { BucketCommitLog } from '../../src/plugins/commit-log-bucket/bucket-commit-log.ts'
import { ExactIndex } from '../../src/plugins/dedup-exact/exact-index.ts'
import { openStore } from '../../src/plugins/metadata-sqlite/open-store.ts'
import type { EngineBench } from './engine-bench.ts'
import { historyOf } from './fsck-bench.ts'

/** Brings out what a machine's journals hold and the bucket lacks. */
export async function salvageAll(bench: EngineBench, machine: string): Promise<Salvaged[]> {
  const stateDirectory = join(bench.folder, machine)
  const targetDirectory = mkdtempSync(join(bench.folder, 'salvaged-'))
  const { pipeline, identity } = bench.reader()
  const all: Salvaged[] = []
  for (const journalDirectory of journalFolders(stateDirectory)) {
    const scratchDirectory = mkdtempSync(join(bench.folder, 'scratch-'))
    for (const suffix of ['', '-wal']) {
      const view = join(stateDirectory, `view.db${suffix}`)
      if (existsSync(view)) cpSync(view, join(scratchDirectory, `view.db${suffix}`))
    }
    using store = openStore({ path: join(scratchDirectory, 'view.db'), cacheBytes: 1 << 24 })
    const salvaged = await salvage({
      journalDirectory,
      store,
      dedup: new ExactIndex(store),
      pipeline,
      history: historyOf(bench),
      fsId: identity.fsId,
      log: new BucketCommitLog(bench.backend),
      policy: new LruPolicy(),
      clock: systemClock,
      logger: silentLogger,
      scratchDirectory,
      targetDirectory,
    })
    if (salvaged !== undefined) all.push(salvaged)
  }
  return all
}
