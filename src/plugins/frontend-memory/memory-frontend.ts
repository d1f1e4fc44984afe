import { StratusError } from '../../core/errors.ts'
import type { AttachRequest, Frontend } from '../../core/frontend.ts'
import type { Caller, Operations } from '../../core/operations.ts'
import type { Logger } from '../../core/services.ts'
import { HeldInode } from './held-inode.ts'
import { PathCalls } from './path-calls.ts'
import { PathError } from './path-error.ts'
import type { PathBytes } from './path-walk.ts'
import { Requests } from './requests.ts'

/** How to make a {@link MemoryFrontend}. */
export interface MemoryFrontendOptions {
  readonly logger: Logger
  /** Who makes the calls. Default: root. */
  readonly caller?: Caller | undefined
}

/** Offers a file system to this program, by path, without a kernel. Nothing checks permissions. */
export class MemoryFrontend extends PathCalls implements Frontend {
  readonly detached: Promise<void>
  readonly #logger: Logger
  readonly #caller: Caller
  readonly #held = new Set<HeldInode>()
  #requests: Requests | undefined
  #hasDetached: () => void = () => {}

  constructor(options: MemoryFrontendOptions) {
    const caller = options.caller ?? { uid: 0, gid: 0, pid: process.pid }
    super(caller)
    this.#caller = caller
    this.#logger = options.logger
    this.detached = new Promise((resolve) => {
      this.#hasDetached = resolve
    })
  }

  async attach(operations: Operations, _request?: AttachRequest): Promise<void> {
    if (this.#requests !== undefined) {
      throw new StratusError('MOUNT_POINT_BUSY', 'the frontend was attached before')
    }
    this.#requests = new Requests(operations, this.#logger)
  }

  async detach(): Promise<void> {
    if (this.#held.size > 0) {
      throw new StratusError('MOUNT_POINT_BUSY', 'inodes are in use', {
        details: { inUse: this.#held.size },
      })
    }
    await this.#requests?.close()
    this.#hasDetached()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const held of this.#held) held.release()
    await this.detach()
  }

  /** Keeps what `path` leads to in use until it is released, whatever becomes of its names. */
  async hold(path: PathBytes): Promise<HeldInode> {
    const requests = this.requests('hold', path)
    return requests.query('hold', path, (operations, walk) => {
      const ino = walk.resolve(path, true)
      operations.remember(ino)
      const held = new HeldInode(ino, requests, this.#caller, () => {
        if (this.#held.delete(held)) operations.forget(ino, 1)
      })
      this.#held.add(held)
      return held
    })
  }

  protected override requests(call: string, path: PathBytes): Requests {
    if (this.#requests === undefined) throw new PathError('ENOTCONN', call, path.toString())
    return this.#requests
  }
}
