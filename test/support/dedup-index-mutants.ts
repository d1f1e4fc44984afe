import type { DedupIndexCapability, Fixture } from '../../src/conformance/index.ts'
import type { DedupIndex } from '../../src/core/dedup-index.ts'
import type { BlockId } from '../../src/core/units.ts'

/** An exact index that needs no store. */
class MapIndex implements DedupIndex {
  protected readonly blocks = new Map<string, BlockId>()

  find(digest: Uint8Array): BlockId | undefined {
    return this.blocks.get(this.key(digest))
  }

  insert(digest: Uint8Array, block: BlockId): void {
    if (this.find(digest) === undefined) this.blocks.set(this.key(digest), block)
  }

  remove(digest: Uint8Array, block: BlockId): void {
    if (this.find(digest) === block) this.blocks.delete(this.key(digest))
  }

  protected key(digest: Uint8Array): string {
    return Buffer.from(digest).toString('hex')
  }
}

class ComparesPrefixes extends MapIndex {
  protected override key(digest: Uint8Array): string {
    return super.key(digest.subarray(0, 31))
  }
}
class FindsWhatIsGone extends MapIndex {
  override remove(): void {}
}
class PrefersTheNewest extends MapIndex {
  override insert(digest: Uint8Array, block: BlockId): void {
    this.blocks.set(this.key(digest), block)
  }
}
class RemovesByDigestAlone extends MapIndex {
  override remove(digest: Uint8Array): void {
    this.blocks.delete(this.key(digest))
  }
}

/** For each rule, an index that breaks that rule and keeps the others. */
export const dedupIndexMutants: Readonly<
  Record<string, Fixture<DedupIndex, DedupIndexCapability>>
> = {
  'DI-01': { create: () => new ComparesPrefixes() },
  'DI-02': { create: () => new FindsWhatIsGone() },
  'DI-03': { create: () => new PrefersTheNewest() },
  'DI-04': { create: () => new RemovesByDigestAlone() },
}
