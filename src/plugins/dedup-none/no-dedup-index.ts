import type { DedupIndex } from '../../core/dedup-index.ts'

/** An index that never finds a block. A miss costs space only, so this is always safe. */
export class NoDedupIndex implements DedupIndex {
  find(): undefined {
    return undefined
  }

  insert(): void {}

  remove(): void {}
}
