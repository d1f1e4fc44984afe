import type { CipherCapability, Fixture } from '../../src/conformance/index.ts'
import { type Cipher, type SealParameters, StratusError } from '../../src/core/index.ts'
import { Aes256Gcm } from '../../src/plugins/cipher-aes-256-gcm/aes-256-gcm.ts'

class ReversesLongRecords extends Aes256Gcm {
  override open(parameters: SealParameters, sealed: Uint8Array): Uint8Array {
    const plain = super.open(parameters, sealed)
    return plain.length > 1000 ? plain.reverse() : plain
  }
}

/** Writes one zero behind each record and does not count it in `overheadBytes`. */
class PadsWithAZero extends Aes256Gcm {
  override seal(
    parameters: SealParameters,
    plain: Uint8Array,
    target: Uint8Array,
    targetOffset: number,
  ): number {
    const length = super.seal(parameters, plain, target, targetOffset)
    target[targetOffset + length] = 0
    return length + 1
  }

  override open(parameters: SealParameters, sealed: Uint8Array): Uint8Array {
    if (sealed.at(-1) !== 0) throw new StratusError('DATA_CORRUPT', 'wrong padding')
    return super.open(parameters, sealed.subarray(0, -1))
  }
}

/** Mends the lowest bit of the first byte, which it therefore does not authenticate. */
class ForgivesOneBit extends Aes256Gcm {
  override open(parameters: SealParameters, sealed: Uint8Array): Uint8Array {
    try {
      return super.open(parameters, sealed)
    } catch {
      const mended = sealed.slice()
      mended[0] = (mended[0] ?? 0) ^ 1
      return super.open(parameters, mended)
    }
  }
}

class AnswersEmptyForNothing extends Aes256Gcm {
  override open(parameters: SealParameters, sealed: Uint8Array): Uint8Array {
    return sealed.length === 0 ? new Uint8Array() : super.open(parameters, sealed)
  }
}

/** Seals under parameters of which one is always the same. */
abstract class IgnoresAParameter extends Aes256Gcm {
  abstract readonly fixed: Partial<SealParameters>

  override seal(
    parameters: SealParameters,
    plain: Uint8Array,
    target: Uint8Array,
    targetOffset: number,
  ): number {
    return super.seal({ ...parameters, ...this.fixed }, plain, target, targetOffset)
  }

  override open(parameters: SealParameters, sealed: Uint8Array): Uint8Array {
    return super.open({ ...parameters, ...this.fixed }, sealed)
  }
}

class IgnoresAssociatedData extends IgnoresAParameter {
  readonly fixed = { associatedData: new Uint8Array() }
}

class IgnoresTheKey extends IgnoresAParameter {
  readonly fixed = { key: new Uint8Array(32) }
}

function fixture(Mutant: new () => Cipher): Fixture<Cipher, CipherCapability> {
  return { create: () => new Mutant() }
}

/** For each rule, a cipher that breaks that rule and keeps the others. */
export const cipherMutants = {
  'CI-01': fixture(ReversesLongRecords),
  'CI-02': fixture(PadsWithAZero),
  'CI-03': fixture(ForgivesOneBit),
  'CI-04': fixture(AnswersEmptyForNothing),
  'CI-05': fixture(IgnoresAssociatedData),
  'CI-06': fixture(IgnoresTheKey),
}
