import type { Splitter } from '../../core/splitter.ts'

/**
 * Cuts at multiples of `blockBytesMax` of the file offset.
 *
 * The file offset counts and not the offset in the range: however writes are grouped into ranges, the
 * same file content at the same place gives the same blocks.
 */
export class FixedSplitter implements Splitter {
  readonly blockBytesMax: number

  constructor(blockBytes: number) {
    this.blockBytesMax = blockBytes
  }

  split(data: Uint8Array, fileOffset: number): number[] {
    const pieces: number[] = []
    let remaining = data.length
    let room = this.blockBytesMax - (fileOffset % this.blockBytesMax)
    while (remaining > 0) {
      const piece = Math.min(room, remaining)
      pieces.push(piece)
      remaining -= piece
      room = this.blockBytesMax
    }
    return pieces
  }
}
