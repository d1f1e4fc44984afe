import type { Fixture, MakeSplitter } from '../../src/conformance/index.ts'
import { FixedSplitter } from '../../src/plugins/splitter-fixed/fixed-splitter.ts'

const BLOCK_BYTES = 4096

class ForgetsTheRemainder extends FixedSplitter {
  override split(data: Uint8Array, fileOffset: number): number[] {
    const pieces = super.split(data, fileOffset)
    return pieces.length > 1 ? pieces.slice(0, -1) : pieces
  }
}

class BeginsWithAnEmptyPiece extends FixedSplitter {
  override split(data: Uint8Array, fileOffset: number): number[] {
    return [0, ...super.split(data, fileOffset)]
  }
}

class GoesOnWhereItStopped extends FixedSplitter {
  #position = 0

  override split(data: Uint8Array): number[] {
    const pieces = super.split(data, this.#position)
    this.#position += data.length
    return pieces
  }
}

function fixture(Mutant: new (blockBytes: number) => FixedSplitter): Fixture<MakeSplitter> {
  return { create: () => () => new Mutant(BLOCK_BYTES) }
}

/** For each rule, a splitter that breaks that rule and keeps the others. */
export const splitterMutants = {
  'SP-01': fixture(ForgetsTheRemainder),
  'SP-02': fixture(BeginsWithAnEmptyPiece),
  'SP-03': fixture(GoesOnWhereItStopped),
}
