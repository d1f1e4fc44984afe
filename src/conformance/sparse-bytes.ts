const PAGE_BYTES = 4096

/** Bytes at any offset; what was never written is zero and takes no memory. */
export class SparseBytes {
  readonly #pages = new Map<number, Uint8Array>()

  /** Fills `target` with the bytes at `offset`. */
  read(offset: number, target: Uint8Array): void {
    for (const { page, from, start, end } of pieces(offset, target.length)) {
      const bytes = this.#pages.get(page)
      const part = target.subarray(start, end)
      if (bytes === undefined) part.fill(0)
      else part.set(bytes.subarray(from, from + part.length))
    }
  }

  /** Stores `data` at `offset`. */
  write(offset: number, data: Uint8Array): void {
    for (const { page, from, start, end } of pieces(offset, data.length)) {
      const bytes = this.#pages.get(page) ?? new Uint8Array(PAGE_BYTES)
      bytes.set(data.subarray(start, end), from)
      this.#pages.set(page, bytes)
    }
  }

  /** Zeroes everything from `size` on. */
  truncate(size: number): void {
    for (const [page, bytes] of this.#pages) {
      const start = page * PAGE_BYTES
      if (start >= size) this.#pages.delete(page)
      else if (start + PAGE_BYTES > size) bytes.fill(0, size - start)
    }
  }
}

/** The parts of a range that lie in one page each. */
function* pieces(offset: number, length: number) {
  let start = 0
  while (start < length) {
    const page = Math.floor((offset + start) / PAGE_BYTES)
    const from = offset + start - page * PAGE_BYTES
    const end = Math.min(length, start + PAGE_BYTES - from)
    yield { page, from, start, end }
    start = end
  }
}
