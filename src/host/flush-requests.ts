/** How a flush stands. */
export interface FlushState {
  readonly id: string
  readonly state: 'running' | 'done' | 'failed'
  readonly message?: string
}

/** Most finished flushes that are remembered. */
const REMEMBERED = 16

/** Runs the flushes that the control attributes ask for, and knows how the last ones went. */
export class FlushRequests {
  readonly #flush: () => Promise<void>
  readonly #states = new Map<string, FlushState>()

  constructor(flush: () => Promise<void>) {
    this.#flush = flush
  }

  /**
   * Starts a flush.
   *
   * @param id - chosen by whoever asks, to find the outcome by
   */
  start(id: string): void {
    this.#set({ id, state: 'running' })
    this.#flush().then(
      () => this.#set({ id, state: 'done' }),
      (error: Error) => this.#set({ id, state: 'failed', message: error.message }),
    )
  }

  /** The newest ones, oldest first. */
  get states(): FlushState[] {
    return [...this.#states.values()]
  }

  #set(state: FlushState): void {
    this.#states.delete(state.id)
    this.#states.set(state.id, state)
    const [oldest] = this.#states.keys()
    if (this.#states.size > REMEMBERED && oldest !== undefined) this.#states.delete(oldest)
  }
}
