/** Ids in one page. */
const PAGE_IDS = 4096

/**
 * A number for each of very many ids, 0 unless set: 8 bytes per id in use, in pages of 32 KiB.
 *
 * Inodes and blocks are numbered one after the other, so a page is mostly full; and an id that damage made
 * up costs one page, not an array up to it.
 */
export class NumbersById {
  readonly #pages = new Map<number, Float64Array>()

  get(id: number): number {
    return this.#pages.get(Math.floor(id / PAGE_IDS))?.[id % PAGE_IDS] ?? 0
  }

  set(id: number, value: number): void {
    const number = Math.floor(id / PAGE_IDS)
    let page = this.#pages.get(number)
    if (page === undefined) {
      page = new Float64Array(PAGE_IDS)
      this.#pages.set(number, page)
    }
    page[id % PAGE_IDS] = value
  }

  add(id: number, amount: number): void {
    this.set(id, this.get(id) + amount)
  }

  /** The ids whose number is not 0, with it. */
  *entries(): Generator<readonly [id: number, value: number]> {
    for (const [number, page] of this.#pages) {
      for (const [index, value] of page.entries()) {
        if (value !== 0) yield [number * PAGE_IDS + index, value]
      }
    }
  }
}
