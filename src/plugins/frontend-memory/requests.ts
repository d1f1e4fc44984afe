import { PosixError } from '../../core/errors.ts'
import type { Operations } from '../../core/operations.ts'
import type { Logger } from '../../core/services.ts'
import type { MaybePromise } from '../../core/units.ts'
import { PathError } from './path-error.ts'
import { type PathBytes, PathWalk } from './path-walk.ts'

/** What a call does with the engine. */
export type Body<Result> = (operations: Operations, walk: PathWalk) => MaybePromise<Result>

/** Runs the calls of one attachment: translates errors, returns references, counts what is under way. */
export class Requests {
  readonly #operations: Operations
  readonly #logger: Logger
  #underWay = 0
  #accepts = true
  #idle: (() => void) | undefined

  constructor(operations: Operations, logger: Logger) {
    this.#operations = operations
    this.#logger = logger
  }

  /** Runs a call that changes nothing. */
  query<Result>(call: string, path: PathBytes, body: Body<Result>): Promise<Result> {
    return this.#run(call, path, body)
  }

  /** Runs a call that changes something, and answers once the change is safe. */
  change<Result>(call: string, path: PathBytes, body: Body<Result>): Promise<Result> {
    return this.#run(call, path, async (operations, walk) => {
      const result = await body(operations, walk)
      await operations.settle()
      return result
    })
  }

  /** Refuses further calls; resolves once those under way are answered. */
  close(): Promise<void> {
    this.#accepts = false
    if (this.#underWay === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle = resolve
    })
  }

  async #run<Result>(call: string, path: PathBytes, body: Body<Result>): Promise<Result> {
    if (!this.#accepts) throw new PathError('ENOTCONN', call, path.toString())
    this.#underWay += 1
    const walk = new PathWalk(this.#operations)
    try {
      return await body(this.#operations, walk)
    } catch (error) {
      throw this.#answer(error, call, path)
    } finally {
      walk[Symbol.dispose]()
      this.#underWay -= 1
      // Not before the caller has the answer, which takes it a few turns of the microtask queue.
      if (this.#underWay === 0 && this.#idle) setImmediate(this.#idle)
    }
  }

  #answer(error: unknown, call: string, path: PathBytes): PathError {
    if (error instanceof PosixError) {
      return new PathError(error.errno, call, path.toString(), { cause: error })
    }
    this.#logger.error({ call, err: error }, 'operation failed')
    return new PathError('EIO', call, path.toString(), { cause: error })
  }
}
