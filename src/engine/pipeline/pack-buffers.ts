/** Memory of finished packs, kept for the next ones. */
export class PackBuffers {
  private readonly free: Uint8Array[] = []

  /**
   * @param keepMax - buffers kept while no pack is built
   * @param bytes - size of a buffer worth keeping; packs of one huge block outgrow it
   */
  constructor(
    private readonly keepMax: number,
    private readonly bytes: number,
  ) {}

  /** Returns a buffer that is no longer in use, if there is one. */
  take(): Uint8Array | undefined {
    return this.free.pop()
  }

  /** Returns a buffer to the stock. Nobody may touch it any more. */
  give(buffer: Uint8Array): void {
    if (buffer.length === this.bytes && this.free.length < this.keepMax) this.free.push(buffer)
  }
}
