import type { Statement } from 'better-sqlite3'

/** A value in a row or a parameter. Numbers are exact up to 2^53 - 1. */
export type Cell = number | string | Uint8Array

/** A prepared statement. Rows are arrays in the order of the columns, which is faster than objects. */
export class Query<Row extends readonly Cell[]> {
  readonly #statement: Statement<Cell[]>
  readonly #failure: (error: unknown) => unknown

  /** @param failure - turns what SQLite throws into what callers should see */
  constructor(statement: Statement<Cell[]>, failure: (error: unknown) => unknown) {
    this.#statement = statement.reader ? statement.raw() : statement
    this.#failure = failure
  }

  /** Returns the first row. */
  get(...parameters: Cell[]): Row | undefined {
    try {
      return this.#statement.get(...parameters) as Row | undefined
    } catch (error) {
      throw this.#failure(error)
    }
  }

  /** Returns all rows. */
  all(...parameters: Cell[]): Row[] {
    try {
      return this.#statement.all(...parameters) as Row[]
    } catch (error) {
      throw this.#failure(error)
    }
  }

  /** Changes rows and returns how many. */
  run(...parameters: Cell[]): number {
    try {
      return this.#statement.run(...parameters).changes
    } catch (error) {
      throw this.#failure(error)
    }
  }
}
