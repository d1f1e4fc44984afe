/**
 * Runs a few tasks beside the caller, who waits when too many are under way.
 *
 * The first failure is kept and thrown by every later call, so that nobody waits for a result that cannot
 * come any more.
 */
export class BackgroundWork {
  private readonly active = new Set<Promise<void>>()
  private failure: { readonly error: unknown } | undefined

  constructor(private readonly limit: number) {}

  /** Starts `task` as soon as there is room. Resolves when it has begun. */
  async start(task: () => Promise<void>): Promise<void> {
    while (this.active.size >= this.limit) await Promise.race(this.active)
    this.throwIfFailed()
    const running = task()
      .catch((error: unknown) => {
        this.failure ??= { error }
      })
      .finally(() => {
        this.active.delete(running)
      })
    this.active.add(running)
  }

  /** Resolves when all tasks are done; throws the first failure. */
  async drain(): Promise<void> {
    await this.settle()
    this.throwIfFailed()
  }

  /** Resolves when all tasks are done, however they ended. */
  async settle(): Promise<void> {
    while (this.active.size > 0) await Promise.race(this.active)
  }

  private throwIfFailed(): void {
    if (this.failure !== undefined) throw this.failure.error
  }
}
