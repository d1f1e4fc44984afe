/**
 * Disposes of resources in the reverse of the order they were added.
 *
 * tsyringe's own `container.dispose()` starts every disposer at once and leaves out instances that
 * came from a value. A file system needs the upper layers drained before the lower ones close, so the
 * host keeps this stack instead.
 */
export class Lifecycle implements AsyncDisposable {
  readonly #stack: (AsyncDisposable | Disposable)[] = []

  /** Takes responsibility for `resource` and returns it. */
  add<T extends AsyncDisposable | Disposable>(resource: T): T {
    this.#stack.push(resource)
    return resource
  }

  /** Takes responsibility for whatever of `instance` can be disposed of, and returns it. */
  addIfDisposable<T>(instance: T): T {
    if (isDisposable(instance)) this.#stack.push(instance)
    return instance
  }

  /** Runs `cleanup` when the resources before it have gone. */
  defer(cleanup: () => void | Promise<void>): void {
    this.#stack.push({
      async [Symbol.asyncDispose]() {
        await cleanup()
      },
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (const resource of this.#stack.splice(0).reverse()) {
      try {
        if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]()
        else resource[Symbol.dispose]()
      } catch (cause) {
        failures.push(cause)
      }
    }
    if (failures.length === 1) throw failures[0]
    if (failures.length > 1) throw new AggregateError(failures, 'shutdown incomplete')
  }
}

function isDisposable(value: unknown): value is AsyncDisposable | Disposable {
  if (typeof value !== 'object' || value === null) return false
  return Symbol.asyncDispose in value || Symbol.dispose in value
}
