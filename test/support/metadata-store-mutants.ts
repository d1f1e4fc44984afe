import type { Fixture, MetadataStoreSubject } from '../../src/conformance/index.ts'
import type {
  DentryWithInode,
  LocatedExtent,
  MetadataSnapshot,
  ViewPosition,
} from '../../src/core/metadata-store.ts'
import type { BlockRow, ExtentRow, PackRow, XattrRow } from '../../src/core/rows.ts'
import type { BlockId, Ino } from '../../src/core/units.ts'
import { SqliteStore } from '../../src/plugins/metadata-sqlite/sqlite-store.ts'
import { SqliteStoreSubject } from './metadata-store-subject.ts'

class HidesXattrsUntilCommit extends SqliteStore {
  readonly #hidden = new Set<string>()
  override putXattr(row: XattrRow): void {
    super.putXattr(row)
    this.#hidden.add(row.name)
  }
  override getXattr(ino: Ino, name: string): Uint8Array | undefined {
    return this.#hidden.has(name) ? undefined : super.getXattr(ino, name)
  }
  override commit(position: ViewPosition): void {
    super.commit(position)
    this.#hidden.clear()
  }
}
class StoresTheFirstPositionOnly extends SqliteStore {
  #first: ViewPosition | undefined
  #newest: ViewPosition | undefined
  override commit(position: ViewPosition): void {
    this.#first ??= position
    this.#newest = position
    super.commit(this.#first)
  }
  override position(): ViewPosition | undefined {
    return this.#newest ?? super.position()
  }
  override clear(): void {
    super.clear()
    this.#first = undefined
    this.#newest = undefined
  }
}
class CommitsWithEachPack extends SqliteStore {
  override putPack(row: PackRow): void {
    super.putPack(row)
    const start = { sequence: 0, hash: '', journalApplied: 0, journalCommitted: 0, journal: '' }
    super.commit(this.position() ?? start)
  }
}
class ListsByName extends SqliteStore {
  override listDentries(parent: Ino, after: number, limit: number): DentryWithInode[] {
    return super
      .listDentries(parent, after, limit)
      .sort((a, b) => (a.dentry.name < b.dentry.name ? -1 : 1))
  }
}
class ReturnsExtentsBackwards extends SqliteStore {
  override extents(ino: Ino, from: number, to: number): LocatedExtent[] {
    return super.extents(ino, from, to).reverse()
  }
}
class PointsAtTheStartOfTheBlock extends SqliteStore {
  override extents(ino: Ino, from: number, to: number): LocatedExtent[] {
    return super.extents(ino, from, to).map(({ extent, block }) => ({
      extent: { ...extent, blockOffset: 0 },
      block,
    }))
  }
}
class MissesBlocksNeverUsed extends SqliteStore {
  readonly #used = new Set<BlockId>()
  override putExtent(row: ExtentRow): void {
    super.putExtent(row)
    this.#used.add(row.block)
  }
  override deadBlocks(limit: number): BlockRow[] {
    return super.deadBlocks(limit).filter((row) => this.#used.has(row.id))
  }
}
class TakesSnapshotsLate extends SqliteStore {
  override snapshot(): MetadataSnapshot {
    const late = () => super.snapshot()
    return {
      *dump() {
        const snapshot = late()
        yield* snapshot.dump()
        snapshot[Symbol.dispose]()
      },
      [Symbol.dispose]() {},
    }
  }
}

/** For each rule, a store that breaks that rule and keeps the others. */
export const metadataStoreMutants: Readonly<Record<string, Fixture<MetadataStoreSubject>>> = {
  'MS-01': { create: () => new SqliteStoreSubject(HidesXattrsUntilCommit) },
  'MS-02': { create: () => new SqliteStoreSubject(StoresTheFirstPositionOnly) },
  'MS-03': { create: () => new SqliteStoreSubject(CommitsWithEachPack) },
  'MS-04': { create: () => new SqliteStoreSubject(ListsByName) },
  'MS-05': { create: () => new SqliteStoreSubject(ReturnsExtentsBackwards) },
  'MS-06': { create: () => new SqliteStoreSubject(PointsAtTheStartOfTheBlock) },
  'MS-07': { create: () => new SqliteStoreSubject(MissesBlocksNeverUsed) },
  'MS-08': { create: () => new SqliteStoreSubject(TakesSnapshotsLate) },
}
