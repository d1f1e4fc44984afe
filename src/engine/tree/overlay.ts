/**
 * Data of one file that the bucket does not hold yet, as an overlay on its committed extents.
 *
 * Pieces are kept per cell of 1 MiB, so that an insertion touches a short list however large the file
 * is and however many small writes it got.
 *
 * Invariants:
 * - Within a cell, pieces are sorted by offset and do not overlap; no piece crosses a cell boundary.
 * - Committed extents show only where no piece lies, and only below `baseLimit`.
 */
import type { JournalSegment } from '../journal/segment.ts'

/** Width of a cell, bytes. Equals the largest write of the kernel, so most writes touch one or two. */
const CELL_BYTES = 1024 * 1024

/** A run of bytes that came with one write, or a hole that hides committed extents. */
export interface OverlayPiece {
  readonly offset: number
  readonly length: number
  /** Where the bytes are; `undefined` for a hole. */
  readonly segment: JournalSegment | undefined
  /** First byte in the segment's file. */
  readonly position: number
}

/** Told about each part of a range, in order and without gaps. */
export interface OverlayVisitor {
  /** Bytes that the overlay holds. */
  piece(offset: number, length: number, piece: OverlayPiece, skip: number): void
  /** Bytes it does not know: look below. */
  gap(offset: number, length: number): void
}

function slice(piece: OverlayPiece, from: number, to: number): OverlayPiece {
  return {
    offset: from,
    length: to - from,
    segment: piece.segment,
    position: piece.position + (from - piece.offset),
  }
}

/** See the module comment. */
export class Overlay {
  /** Committed extents at or above this offset are hidden, bytes. */
  baseLimit: number = Number.MAX_SAFE_INTEGER
  /** Bytes of data (not holes) in all pieces. */
  dataBytes = 0
  readonly #cells = new Map<number, OverlayPiece[]>()

  /** Whether it hides or adds nothing. */
  get empty(): boolean {
    return this.#cells.size === 0 && this.baseLimit === Number.MAX_SAFE_INTEGER
  }

  /** Puts bytes from the journal over whatever was in the range. */
  write(offset: number, length: number, segment: JournalSegment, position: number): void {
    this.#put({ offset, length, segment, position })
  }

  /** Makes `[offset, offset + length)` read as zeros. */
  punch(offset: number, length: number): void {
    const end = Math.min(offset + length, Number.MAX_SAFE_INTEGER)
    const hideEnd = Math.min(end, this.baseLimit)
    if (hideEnd > offset)
      this.#put({ offset, length: hideEnd - offset, segment: undefined, position: 0 })
    // Above `baseLimit` nothing shows through, so forgetting the pieces is enough.
    if (end > hideEnd) this.#cut(Math.max(offset, hideEnd), end)
  }

  /** Hides all bytes at or above `size`. */
  truncate(size: number): void {
    if (size < this.baseLimit) this.baseLimit = size
    this.#cut(size, Number.MAX_SAFE_INTEGER)
  }

  /** Visits `[from, to)` in order. */
  visit(from: number, to: number, visitor: OverlayVisitor): void {
    let at = from
    while (at < to) {
      const cellEnd = Math.min(to, (Math.floor(at / CELL_BYTES) + 1) * CELL_BYTES)
      const pieces = this.#cells.get(Math.floor(at / CELL_BYTES))
      if (pieces === undefined) {
        // Join the gaps of untouched cells: a large file with few changes has one gap.
        let end = cellEnd
        while (end < to && !this.#cells.has(Math.floor(end / CELL_BYTES))) {
          if (this.#cells.size === 0) {
            end = to
            break
          }
          end = Math.min(to, end + CELL_BYTES)
        }
        visitor.gap(at, end - at)
        at = end
        continue
      }
      for (let index = firstAfter(pieces, at); index < pieces.length; index++) {
        const piece = pieces[index] as OverlayPiece
        if (piece.offset >= cellEnd) break
        if (piece.offset > at) {
          visitor.gap(at, piece.offset - at)
          at = piece.offset
        }
        const end = Math.min(cellEnd, piece.offset + piece.length)
        visitor.piece(at, end - at, piece, at - piece.offset)
        at = end
      }
      if (at < cellEnd) {
        visitor.gap(at, cellEnd - at)
        at = cellEnd
      }
    }
  }

  /** All pieces, by offset. */
  *pieces(): Generator<OverlayPiece> {
    for (const cell of [...this.#cells.keys()].sort((a, b) => a - b)) {
      yield* this.#cells.get(cell) as OverlayPiece[]
    }
  }

  #put(piece: OverlayPiece): void {
    let at = piece.offset
    const end = piece.offset + piece.length
    while (at < end) {
      const cell = Math.floor(at / CELL_BYTES)
      const cellEnd = Math.min(end, (cell + 1) * CELL_BYTES)
      const part = at === piece.offset && cellEnd === end ? piece : slice(piece, at, cellEnd)
      const pieces = this.#cells.get(cell)
      if (pieces === undefined) this.#cells.set(cell, [part])
      else this.#replace(pieces, at, cellEnd, part)
      if (part.segment !== undefined) this.dataBytes += part.length
      at = cellEnd
    }
  }

  #cut(from: number, to: number): void {
    for (const [cell, pieces] of this.#cells) {
      const start = cell * CELL_BYTES
      if (start >= to || start + CELL_BYTES <= from) continue
      this.#replace(pieces, Math.max(from, start), Math.min(to, start + CELL_BYTES), undefined)
      if (pieces.length === 0) this.#cells.delete(cell)
    }
  }

  /** Removes `[from, to)` from a cell's list and puts `part` there, if given. */
  #replace(pieces: OverlayPiece[], from: number, to: number, part: OverlayPiece | undefined): void {
    const first = firstAfter(pieces, from)
    let last = first
    const kept: OverlayPiece[] = []
    while (last < pieces.length) {
      const piece = pieces[last] as OverlayPiece
      if (piece.offset >= to) break
      if (piece.segment !== undefined) this.dataBytes -= piece.length
      if (piece.offset < from) kept.push(this.#counted(slice(piece, piece.offset, from)))
      const pieceEnd = piece.offset + piece.length
      if (pieceEnd > to) {
        if (part !== undefined) kept.push(part)
        kept.push(this.#counted(slice(piece, to, pieceEnd)))
        pieces.splice(first, last + 1 - first, ...kept)
        return
      }
      last++
    }
    if (part !== undefined) kept.push(part)
    pieces.splice(first, last - first, ...kept)
  }

  #counted(piece: OverlayPiece): OverlayPiece {
    if (piece.segment !== undefined) this.dataBytes += piece.length
    return piece
  }
}

/** Index of the first piece that ends behind `offset`. */
function firstAfter(pieces: readonly OverlayPiece[], offset: number): number {
  let low = 0
  let high = pieces.length
  while (low < high) {
    const middle = (low + high) >> 1
    const piece = pieces[middle] as OverlayPiece
    if (piece.offset + piece.length <= offset) low = middle + 1
    else high = middle
  }
  return low
}
