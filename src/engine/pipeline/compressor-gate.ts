import type { Compressor, MaybePromise } from '../../core/index.ts'

/**
 * Keeps calls to one compressor apart, as its contract asks: a call waits for an asynchronous one
 * before it. Compressors that answer at once are called at once.
 */
export class CompressorGate implements Compressor {
  readonly formatId: number
  private busy: Promise<unknown> | undefined

  constructor(private readonly inner: Compressor) {
    this.formatId = inner.formatId
  }

  compress(plain: Uint8Array): MaybePromise<Uint8Array> {
    return this.enter(() => this.inner.compress(plain))
  }

  decompress(compressed: Uint8Array, plainBytes: number): MaybePromise<Uint8Array> {
    return this.enter(() => this.inner.decompress(compressed, plainBytes))
  }

  private enter(call: () => MaybePromise<Uint8Array>): MaybePromise<Uint8Array> {
    const result = this.busy === undefined ? call() : this.busy.then(call)
    if (!(result instanceof Promise)) return result
    const settled = result.then(
      () => {},
      () => {},
    )
    this.busy = settled
    void settled.then(() => {
      if (this.busy === settled) this.busy = undefined
    })
    return result
  }
}
