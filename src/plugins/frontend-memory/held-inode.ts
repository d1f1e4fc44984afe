import type { AttributeChange, Caller } from '../../core/operations.ts'
import type { InodeRow } from '../../core/rows.ts'
import type { Ino } from '../../core/units.ts'
import { readBytes } from './read-bytes.ts'
import type { Requests } from './requests.ts'

/** An inode that is in use, as by an open file: it lives on when its last name goes. */
export class HeldInode {
  readonly ino: Ino
  readonly #requests: Requests
  readonly #caller: Caller
  readonly #released: () => void

  /** @param released - told when the inode is let go */
  constructor(ino: Ino, requests: Requests, caller: Caller, released: () => void) {
    this.ino = ino
    this.#requests = requests
    this.#caller = caller
    this.#released = released
  }

  /** Reads up to `length` bytes at `offset`; fewer only at the end. */
  read(offset: number, length: number): Promise<Buffer> {
    return this.#requests.query('read', this.#label, (operations) =>
      readBytes(operations, this.ino, offset, length),
    )
  }

  /** Writes all of `data` at `offset`. */
  write(offset: number, data: Uint8Array): Promise<void> {
    return this.#requests.change('write', this.#label, (operations) =>
      operations.write(this.ino, offset, data, 0),
    )
  }

  /** Changes attributes. */
  async setattr(change: AttributeChange): Promise<void> {
    await this.#requests.change('setattr', this.#label, (operations) =>
      operations.setattr(this.ino, change, this.#caller),
    )
  }

  /** Returns the attributes. */
  stat(): Promise<InodeRow> {
    return this.#requests.query('stat', this.#label, (operations) => ({
      ...operations.getattr(this.ino),
    }))
  }

  /** Makes earlier changes durable. */
  fsync(): Promise<void> {
    return this.#requests.query('fsync', this.#label, (operations) => operations.fsync(this.ino))
  }

  /** Lets the inode go. Further calls may answer `ESTALE`. */
  release(): void {
    this.#released()
  }

  get #label(): string {
    return `inode ${this.ino}`
  }
}
