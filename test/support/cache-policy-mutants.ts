import type { Fixture } from '../../src/conformance/index.ts'
import type { CachePolicy } from '../../src/core/cache-policy.ts'
import type { BlockId } from '../../src/core/units.ts'
import { LruPolicy } from '../../src/plugins/cache-lru/lru-policy.ts'

class AdmitsWhatIsTouched extends LruPolicy {
  override touched(block: BlockId): void {
    this.admitted(block)
  }
}
class ForgetsWhatIsTouched extends LruPolicy {
  override touched(block: BlockId): void {
    this.removed(block)
  }
}
class OffersPinnedBlocksInNeed extends LruPolicy {
  override victim(pinned: (block: BlockId) => boolean): BlockId | undefined {
    return super.victim(pinned) ?? super.victim(() => false)
  }
}
class AsksAboutEveryBlock extends LruPolicy {
  readonly #known = new Set<BlockId>()
  override admitted(block: BlockId): void {
    super.admitted(block)
    this.#known.add(block)
  }
  override removed(block: BlockId): void {
    super.removed(block)
    this.#known.delete(block)
  }
  override victim(pinned: (block: BlockId) => boolean): BlockId | undefined {
    const held = new Set([...this.#known].filter(pinned))
    return super.victim((block) => held.has(block))
  }
}

/** For each rule, a policy that breaks that rule and keeps the others. */
export const cachePolicyMutants: Readonly<Record<string, Fixture<CachePolicy>>> = {
  'CP-01': { create: () => new AdmitsWhatIsTouched() },
  'CP-02': { create: () => new ForgetsWhatIsTouched() },
  'CP-03': { create: () => new OffersPinnedBlocksInNeed() },
  'CP-04': { create: () => new AsksAboutEveryBlock() },
}
