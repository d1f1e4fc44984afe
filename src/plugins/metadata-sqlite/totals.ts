import { StratusError } from '../../core/errors.ts'
import type { Connection } from './connection.ts'
import type { Query } from './query.ts'

type TotalsCells = [
  inodes: number,
  dentries: number,
  extents: number,
  blocks: number,
  packs: number,
  fileBytes: number,
  plainBytes: number,
  storedBytes: number,
  cookie: number,
  maxBlock: number,
  maxPack: number,
]

/** The row of the table `totals` in memory; `schema.ts` says what each number is. */
export class Totals {
  inodes = 0
  dentries = 0
  extents = 0
  blocks = 0
  packs = 0
  fileBytes = 0
  plainBytes = 0
  storedBytes = 0
  cookie = 0
  maxBlock = 0
  maxPack = 0
  readonly #select: Query<TotalsCells>
  readonly #update: Query<never>

  /** @throws StratusError `DATA_CORRUPT` when the row is missing */
  constructor(connection: Connection) {
    this.#select = connection.query(
      `SELECT inodes, dentries, extents, blocks, packs, file_bytes, plain_bytes, stored_bytes, cookie,
       max_block, max_pack FROM totals`,
    )
    this.#update = connection.query(
      `UPDATE totals SET inodes = ?, dentries = ?, extents = ?, blocks = ?, packs = ?, file_bytes = ?,
       plain_bytes = ?, stored_bytes = ?, cookie = ?, max_block = ?, max_pack = ? WHERE only = 0`,
    )
    const cells = this.#select.get()
    if (cells === undefined)
      throw new StratusError('DATA_CORRUPT', 'the local view lacks its totals')
    this.#assign(cells)
  }

  /** Writes the row into the open transaction. */
  save(): void {
    this.#update.run(
      this.inodes,
      this.dentries,
      this.extents,
      this.blocks,
      this.packs,
      this.fileBytes,
      this.plainBytes,
      this.storedBytes,
      this.cookie,
      this.maxBlock,
      this.maxPack,
    )
  }

  /** Sets every number to 0. */
  reset(): void {
    this.#assign([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  #assign(cells: TotalsCells): void {
    this.inodes = cells[0]
    this.dentries = cells[1]
    this.extents = cells[2]
    this.blocks = cells[3]
    this.packs = cells[4]
    this.fileBytes = cells[5]
    this.plainBytes = cells[6]
    this.storedBytes = cells[7]
    this.cookie = cells[8]
    this.maxBlock = cells[9]
    this.maxPack = cells[10]
  }
}
