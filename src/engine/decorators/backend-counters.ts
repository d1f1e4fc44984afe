import type { ObjectBackend } from '../../core/index.ts'

/** A call of {@link ObjectBackend} that is a request, or several, to the store. */
export type BackendRequest = 'put' | 'get' | 'delete' | 'list'

/** Figures of one kind of request; plain JSON. */
export interface RequestFigures {
  /** Attempts, failed ones included. A listing counts once, however many requests it takes. */
  readonly requests: number
  /** Attempts that failed, absent objects and refused creates included. */
  readonly failures: number
  /** Bytes of bodies sent by `put` or received by `get`; 0 for the others. */
  readonly bytes: number
}

/** What went to and came from the store; plain JSON. */
export interface BackendFigures extends Readonly<Record<BackendRequest, RequestFigures>> {
  /** Calls that wait at present to be tried again: while it is not 0, the store does not answer. */
  readonly waiting: number
  /** Why the last of them failed, in this thread or in one that told it; undefined while none waits. */
  readonly failure?: string | undefined
}

/** Which number a counter of a request is. */
const fields = ['requests', 'failures', 'bytes'] as const
const requests = ['put', 'get', 'delete', 'list'] as const satisfies readonly BackendRequest[]
const WAITING = fields.length * requests.length
const STOPPED = WAITING + 1
const NUMBERS = STOPPED + 1

/**
 * Counters of requests that all threads add to and any thread can read at once.
 *
 * The memory is shared: sent to another thread, it counts into the same numbers. Layout: one 64-bit
 * integer for each field of each request, in the order of `fields` within `requests`, then the calls
 * that wait, and 1 once they are to stop.
 */
export class BackendCounters {
  /** To be sent to another thread, and given to the constructor there. */
  readonly memory: SharedArrayBuffer
  readonly #counts: BigInt64Array
  #failure: string | undefined

  constructor(
    memory: SharedArrayBuffer = new SharedArrayBuffer(NUMBERS * BigInt64Array.BYTES_PER_ELEMENT),
  ) {
    this.memory = memory
    this.#counts = new BigInt64Array(memory)
  }

  /** All figures. */
  get figures(): BackendFigures {
    const of = (request: BackendRequest): RequestFigures => ({
      requests: this.#read(indexOf(request, 'requests')),
      failures: this.#read(indexOf(request, 'failures')),
      bytes: this.#read(indexOf(request, 'bytes')),
    })
    return {
      put: of('put'),
      get: of('get'),
      delete: of('delete'),
      list: of('list'),
      waiting: this.#read(WAITING),
      ...(this.#read(WAITING) > 0 && this.#failure !== undefined ? { failure: this.#failure } : {}),
    }
  }

  /** Counts `amount` more. */
  add(request: BackendRequest, field: keyof RequestFigures, amount = 1): void {
    Atomics.add(this.#counts, indexOf(request, field), BigInt(amount))
  }

  /** Notes that one more call waits, or, with -1, one fewer. */
  wait(change: 1 | -1): void {
    Atomics.add(this.#counts, WAITING, BigInt(change))
  }

  /** Notes why a call has to wait. Text does not fit the shared memory: it is known in one thread. */
  noteFailure(reason: string): void {
    this.#failure = reason
  }

  /** Has calls that wait fail, and no other wait: what they are for is ending. */
  stopWaiting(): void {
    Atomics.store(this.#counts, STOPPED, 1n)
  }

  /** Whether no call should wait any more. */
  get stopped(): boolean {
    return this.#read(STOPPED) !== 0
  }

  #read(index: number): number {
    return Number(Atomics.load(this.#counts, index))
  }
}

function indexOf(request: BackendRequest, field: keyof RequestFigures): number {
  return requests.indexOf(request) * fields.length + fields.indexOf(field)
}
