import { StratusError } from '../../core/index.ts'
import { encodeClaims } from './descriptor-codec.ts'
import { claimEach } from './direct-pipeline.ts'
import type { Claim } from './pipeline.ts'
import { decodeError, encodeError, threadFailed } from './remote-error.ts'
import { post } from './transfer.ts'
import type {
  CallName,
  FromWorker,
  PipelineCalls,
  PipelineThread,
  ToWorker,
} from './worker-protocol.ts'

/** What a call costs beyond the bytes it moves, in bytes. */
const CALL_COST_BYTES = 64 * 1024

/** How a call is sent. */
export interface SendOptions {
  /** Buffers to hand over; each compact. */
  readonly moved?: readonly Uint8Array<ArrayBuffer>[]
  /** Bytes the call deals with, to balance the load. */
  readonly bytes?: number
  readonly signal?: AbortSignal | undefined
}

interface PendingCall {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly cost: number
}

/** Answers one question of a commit. */
export type ClaimOne = (digest: Uint8Array) => Claim

/** The core thread's side of one pipeline thread. */
export class PipelineLink {
  private readonly pending = new Map<number, PendingCall>()
  private readonly claims = new Map<number, ClaimOne>()
  private nextId = 1
  private cost = 0
  private reason: StratusError | undefined
  private idle: (() => void) | undefined

  constructor(private readonly thread: PipelineThread) {
    thread.on('message', (message) => this.receive(message as FromWorker))
    thread.on('messageerror', (error) => this.fail(threadFailed(error)))
    thread.on('error', (error) => this.fail(threadFailed(error)))
    thread.on('exit', (status) => this.fail(threadFailed(`exit status ${String(status)}`)))
  }

  /** Work under way, in bytes. */
  get load(): number {
    return this.cost
  }

  /** Why the thread cannot be used any more; undefined while it can. */
  get failure(): StratusError | undefined {
    return this.reason
  }

  /** Registers who answers the questions of a commit. */
  answerClaims(commit: number, claim: ClaimOne): void {
    this.claims.set(commit, claim)
  }

  /** Forgets a commit. */
  forgetClaims(commit: number): void {
    this.claims.delete(commit)
  }

  /**
   * Sends a call and resolves with its answer.
   *
   * @throws StratusError of the thread, or `WORKER_FAILED` when the thread is gone
   */
  call<Name extends CallName>(
    name: Name,
    args: Parameters<PipelineCalls[Name]>,
    { moved, bytes = 0, signal }: SendOptions = {},
  ): Promise<ReturnType<PipelineCalls[Name]>> {
    if (this.reason !== undefined) return Promise.reject(this.reason)
    if (signal?.aborted) return Promise.reject(signal.reason)
    const id = this.nextId
    this.nextId += 1
    const cost = CALL_COST_BYTES + bytes
    const answer = new Promise<unknown>((resolve, reject) => {
      this.pending.set(id, { resolve, reject, cost })
    })
    this.cost += cost
    this.send({ type: 'call', id, name, args }, moved)
    if (signal === undefined) return answer as Promise<ReturnType<PipelineCalls[Name]>>

    const cancel = () => {
      this.send({ type: 'cancel', id })
      this.settle(id)?.reject(signal.reason)
    }
    signal.addEventListener('abort', cancel, { once: true })
    return answer.finally(() => signal.removeEventListener('abort', cancel)) as Promise<
      ReturnType<PipelineCalls[Name]>
    >
  }

  /** Waits for calls under way, ends the unit and then the thread. */
  async close(): Promise<void> {
    if (this.pending.size > 0) {
      await new Promise<void>((resolve) => {
        this.idle = resolve
      })
    }
    try {
      if (this.reason === undefined) await this.call('dispose', [])
    } finally {
      this.reason ??= new StratusError('FILE_SYSTEM_CLOSED', 'pipeline is closed')
      await this.thread.terminate()
    }
  }

  /** Ends the thread at once. */
  async kill(): Promise<void> {
    this.fail(new StratusError('FILE_SYSTEM_CLOSED', 'pipeline is closed'))
    await this.thread.terminate()
  }

  private send(message: ToWorker, moved: readonly Uint8Array<ArrayBuffer>[] = []): void {
    post(this.thread, message, moved)
  }

  private receive(message: FromWorker): void {
    switch (message.type) {
      case 'answer':
        this.settle(message.id)?.resolve(message.value)
        break
      case 'error':
        this.settle(message.id)?.reject(decodeError(message.error))
        break
      case 'claim':
        this.answerQuestion(message.id, message.commit, message.digests)
        break
      case 'failed':
        this.fail(decodeError(message.error))
        break
    }
  }

  /** Takes a call off the list; undefined when it was cancelled before. */
  private settle(id: number): PendingCall | undefined {
    const call = this.pending.get(id)
    if (call === undefined) return undefined
    this.pending.delete(id)
    this.cost -= call.cost
    if (this.pending.size === 0) this.idle?.()
    return call
  }

  private answerQuestion(id: number, commit: number, digests: Uint8Array): void {
    try {
      const claim = this.claims.get(commit)
      if (claim === undefined) throw new StratusError('FILE_SYSTEM_CLOSED', 'commit was given up')
      const claims = encodeClaims(claimEach(digests, claim))
      this.send({ type: 'claimed', id, claims })
    } catch (error) {
      this.send({ type: 'claimFailed', id, error: encodeError(error) })
    }
  }

  private fail(reason: StratusError): void {
    this.reason ??= reason
    for (const id of [...this.pending.keys()]) this.settle(id)?.reject(this.reason)
  }
}
