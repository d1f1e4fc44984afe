import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JournalSegment } from '../../../src/engine/journal/segment.ts'
import { Overlay } from '../../../src/engine/tree/overlay.ts'

const segment: JournalSegment = { file: 'segment', fd: -1, base: 0 }
const CELL = 1024 * 1024

/** What the byte at an offset is: journal position, a hole, or whatever lies below. */
type Byte = number | 'hole' | 'below' | 'hidden'

/** Reads `[from, to)` in steps as large as the overlay gives them. */
function runs(overlay: Overlay, from: number, to: number): [number, number, Byte][] {
  const found: [number, number, Byte][] = []
  overlay.visit(from, to, {
    piece: (offset, length, piece, skip) => {
      found.push([offset, length, piece.segment === undefined ? 'hole' : piece.position + skip])
    },
    gap: (offset, length) => found.push([offset, length, 'below']),
  })
  return found
}

/** One byte at each of a few offsets, seen through visits of single bytes. */
function byteAt(overlay: Overlay, offset: number): Byte {
  const [[, , byte]] = runs(overlay, offset, offset + 1) as [[number, number, Byte]]
  return byte === 'below' && offset >= overlay.baseLimit ? 'hidden' : byte
}

describe('an overlay', () => {
  it('shows the newest write of each byte', () => {
    const overlay = new Overlay()
    overlay.write(0, 100, segment, 1000)
    overlay.write(50, 100, segment, 2000)
    expect(runs(overlay, 0, 200)).toEqual([
      [0, 50, 1000],
      [50, 100, 2000],
      [150, 50, 'below'],
    ])
    expect(overlay.dataBytes).toBe(150)
  })

  it('splits a write that another one lands inside', () => {
    const overlay = new Overlay()
    overlay.write(0, 100, segment, 1000)
    overlay.write(40, 10, segment, 2000)
    expect(runs(overlay, 0, 100)).toEqual([
      [0, 40, 1000],
      [40, 10, 2000],
      [50, 50, 1050],
    ])
    expect(overlay.dataBytes).toBe(100)
  })

  it('joins what a write over the border of cells was cut into', () => {
    const overlay = new Overlay()
    overlay.write(CELL - 10, 20, segment, 500)
    expect(runs(overlay, CELL - 20, CELL + 20)).toEqual([
      [CELL - 20, 10, 'below'],
      [CELL - 10, 10, 500],
      [CELL, 10, 510],
      [CELL + 10, 10, 'below'],
    ])
  })

  it('reports a far gap in one piece when nothing is in it', () => {
    const overlay = new Overlay()
    expect(runs(overlay, 0, 2 ** 45)).toEqual([[0, 2 ** 45, 'below']])
  })

  it('keeps cut-off bytes hidden when the file grows again', () => {
    const overlay = new Overlay()
    overlay.write(0, 100, segment, 0)
    overlay.truncate(30)
    overlay.write(80, 10, segment, 300)
    expect(byteAt(overlay, 10)).toBe(10)
    expect(byteAt(overlay, 50)).toBe('hidden')
    expect(byteAt(overlay, 85)).toBe(305)
    expect(overlay.dataBytes).toBe(40)
  })

  it('agrees with single bytes in a plain map after any sequence', () => {
    const at = fc.oneof(
      fc.nat(60),
      fc.nat(60).map((n) => CELL - 30 + n),
      fc.nat(60).map((n) => 3 * CELL - 30 + n),
    )
    const size = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(CELL, 2 * CELL + 7))
    const change = fc.oneof(
      fc.record({ kind: fc.constant('write' as const), at, size }),
      fc.record({ kind: fc.constant('punch' as const), at, size }),
      fc.record({ kind: fc.constant('truncate' as const), at, size }),
    )
    const offsets = [0, CELL - 30, 3 * CELL - 30].flatMap((start) =>
      Array.from({ length: 110 }, (_, n) => start + n),
    )
    fc.assert(
      fc.property(fc.array(change, { maxLength: 25 }), (changes) => {
        const overlay = new Overlay()
        const model = new Map<number, Byte>(offsets.map((offset) => [offset, 'below']))
        let position = 0
        for (const { kind, at: start, size: length } of changes) {
          for (const offset of offsets) {
            const before = model.get(offset)
            if (kind === 'truncate' && offset >= start) model.set(offset, 'hidden')
            if (offset < start || offset >= start + length) continue
            if (kind === 'write') model.set(offset, position + offset - start)
            if (kind === 'punch') model.set(offset, before === 'hidden' ? 'hidden' : 'hole')
          }
          if (kind === 'write') overlay.write(start, length, segment, position)
          else if (kind === 'punch') overlay.punch(start, length)
          else overlay.truncate(start)
          position += 10_000_000
        }
        for (const offset of offsets) {
          const expected = model.get(offset)
          const found = byteAt(overlay, offset)
          // Above the limit, a hole and what is hidden read the same.
          const zero = (byte: Byte | undefined) => byte === 'hole' || byte === 'hidden'
          if (zero(expected)) expect(zero(found), `offset ${offset}: ${found}`).toBe(true)
          else expect(found, `offset ${offset}`).toBe(expected)
        }
        const all = runs(overlay, 0, 8 * CELL)
        let end = 0
        let data = 0
        for (const [offset, length, byte] of all) {
          expect(offset).toBe(end)
          end += length
          if (typeof byte === 'number') data += length
        }
        expect(end).toBe(8 * CELL)
        expect(overlay.dataBytes).toBe(data)
      }),
      { numRuns: 300 },
    )
  })
})
