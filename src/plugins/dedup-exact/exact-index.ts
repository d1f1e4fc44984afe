import type { DedupIndex } from '../../core/dedup-index.ts'
import type { MetadataStore } from '../../core/metadata-store.ts'
import type { BlockId } from '../../core/units.ts'

/**
 * Finds every block of the view.
 *
 * The table of blocks is the index: it holds the digest of each block, changes in the transactions of the
 * view and takes no memory of its own. So there is nothing to insert or to remove here.
 */
export class ExactIndex implements DedupIndex {
  readonly #store: Pick<MetadataStore, 'findBlock'>

  constructor(store: Pick<MetadataStore, 'findBlock'>) {
    this.#store = store
  }

  find(digest: Uint8Array): BlockId | undefined {
    return this.#store.findBlock(digest)
  }

  insert(): void {}

  remove(): void {}
}
