import type { DedupIndex } from '../../src/core/dedup-index.ts'
import type { MetadataStore } from '../../src/core/metadata-store.ts'
import type { BlockId } from '../../src/core/units.ts'

/**
 * Calls an index as the engine does: each `insert` comes with the block that is stored, each `remove` with the
 * block that goes.
 *
 * An index over the table of blocks has no content but that table, so the rules need both.
 */
export class StoredIndex implements DedupIndex, Disposable {
  readonly #store: MetadataStore
  readonly #index: DedupIndex

  constructor(store: MetadataStore, index: DedupIndex) {
    this.#store = store
    this.#index = index
  }

  find(digest: Uint8Array): BlockId | undefined {
    return this.#index.find(digest)
  }

  insert(digest: Uint8Array, block: BlockId): void {
    this.#store.putBlock({
      id: block,
      digest,
      pack: 1,
      record: block,
      offset: block,
      storedBytes: 1,
      plainBytes: 1,
      compressor: 0,
    })
    this.#index.insert(digest, block)
  }

  remove(digest: Uint8Array, block: BlockId): void {
    this.#index.remove(digest, block)
    const stored = this.#store.getBlock(block)
    if (stored !== undefined && Buffer.compare(stored.digest, digest) === 0) {
      this.#store.deleteBlock(block)
    }
  }

  [Symbol.dispose](): void {
    this.#store[Symbol.dispose]()
  }
}
