import { type MaybePromise, type ObjectEntry, StratusError } from '../../core/index.ts'
import {
  decodeClaims,
  decodeRanges,
  decodeSources,
  encodePack,
  encodePieces,
} from './descriptor-codec.ts'
import type { Claim, FetchOutcome } from './pipeline.ts'
import type { PipelineUnit } from './pipeline-unit.ts'
import { decodeError, encodeError } from './remote-error.ts'
import { compact, post } from './transfer.ts'
import type { ClaimBatch, UnitCommit } from './unit-commit.ts'
import type {
  CallName,
  FromWorker,
  PipelineCalls,
  PipelinePort,
  ToWorker,
} from './worker-protocol.ts'

/** Entries of a listing that cross at once. */
const LIST_PAGE_ENTRIES = 1000

/** An answer, and the buffers that move along with it. */
interface Answer<Value> {
  readonly value: Value
  readonly moved?: readonly Uint8Array<ArrayBuffer>[]
}

const DONE: Answer<undefined> = { value: undefined }

/** A claim that the core thread has not answered yet. */
interface Question {
  readonly resolve: (claims: readonly Claim[]) => void
  readonly reject: (error: unknown) => void
}

type Handlers = {
  readonly [Name in CallName]: (
    signal: AbortSignal,
    ...args: Parameters<PipelineCalls[Name]>
  ) => MaybePromise<Answer<ReturnType<PipelineCalls[Name]>>>
}

/** Serves one unit to the other end of a port. */
class PipelineServer {
  private readonly calls = new Map<number, AbortController>()
  private readonly commits = new Map<number, UnitCommit>()
  private readonly lists = new Map<number, AsyncIterator<ObjectEntry>>()
  private readonly questions = new Map<number, Question>()
  private nextQuestion = 1
  private readonly handlers: Handlers = {
    describe: () => ({ value: this.unit.backend.capabilities }),
    put: async (signal, key, body, ifAbsent) => {
      await this.unit.backend.put(key, body, { signal, ifAbsent })
      return DONE
    },
    get: async (signal, key, range) =>
      bytesAnswer(await this.unit.backend.get(key, { signal, range })),
    delete: async (signal, key) => {
      await this.unit.backend.delete(key, { signal })
      return DONE
    },
    listOpen: (_signal, list, prefix) => {
      this.lists.set(list, this.unit.backend.list(prefix)[Symbol.asyncIterator]())
      return DONE
    },
    listNext: async (_signal, list) => ({ value: await this.nextPage(list) }),
    listClose: async (_signal, list) => {
      const iterator = this.lists.get(list)
      this.lists.delete(list)
      await iterator?.return?.()
      return DONE
    },
    fetch: async (_signal, request) => fetchAnswer(await this.unit.fetch(request)),
    commitBegin: (_signal, commit, inline) => {
      this.commits.set(commit, this.unit.beginCommit(this.claimFor(commit), inline))
      return DONE
    },
    commitStore: async (_signal, commit, ranges) => {
      const pieces = await this.commit(commit).store(decodeRanges(ranges))
      return { value: encodePieces(pieces) }
    },
    commitCopy: async (_signal, commit, sources) => {
      await this.commit(commit).copy(decodeSources(sources))
      return DONE
    },
    commitFinish: async (_signal, commit) => {
      const packs = await this.commit(commit).finish()
      this.commits.delete(commit)
      return { value: packs.map(encodePack) }
    },
    commitAbort: async (_signal, commit) => {
      const aborted = this.commits.get(commit)
      this.commits.delete(commit)
      await aborted?.abort()
      return DONE
    },
    sealLog: (_signal, header, changes, pack) => {
      const { object, packOffset } = this.unit.sealLog(header, changes, pack)
      const moved = compact(object)
      return { value: { object: moved, packOffset }, moved: [moved] }
    },
    putCheckpointPart: async (_signal, key, changes) => {
      const entry = await this.unit.putCheckpointPart(key, changes)
      return { value: { ...entry, id: compact(entry.id) } }
    },
    getCheckpointPart: async (_signal, key, entry) =>
      bytesAnswer(await this.unit.getCheckpointPart(key, entry)),
    dispose: async () => {
      await this.unit[Symbol.asyncDispose]()
      return DONE
    },
  }

  constructor(
    private readonly port: PipelinePort,
    private readonly unit: PipelineUnit,
    private readonly disposed: () => void,
  ) {}

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'call':
        void this.answer(message.id, message.name, message.args)
        break
      case 'cancel':
        this.calls.get(message.id)?.abort()
        break
      case 'claimed':
        this.question(message.id)?.resolve(decodeClaims(message.claims))
        break
      case 'claimFailed':
        this.question(message.id)?.reject(decodeError(message.error))
        break
    }
  }

  private async answer(id: number, name: CallName, args: readonly unknown[]): Promise<void> {
    const controller = new AbortController()
    this.calls.set(id, controller)
    try {
      const handler = this.handlers[name] as (
        signal: AbortSignal,
        ...args: readonly unknown[]
      ) => MaybePromise<Answer<unknown>>
      const { value, moved } = await handler(controller.signal, ...args)
      this.send({ type: 'answer', id, value }, moved)
    } catch (error) {
      this.send({ type: 'error', id, error: encodeError(error) })
    } finally {
      this.calls.delete(id)
    }
    if (name === 'dispose') this.disposed()
  }

  private send(message: FromWorker, moved: readonly Uint8Array<ArrayBuffer>[] = []): void {
    post(this.port, message, moved)
  }

  private commit(commit: number): UnitCommit {
    const found = this.commits.get(commit)
    if (found === undefined) throw new StratusError('FILE_SYSTEM_CLOSED', 'commit was given up')
    return found
  }

  /** Returns a function that asks the core thread where content of this commit goes. */
  private claimFor(commit: number): ClaimBatch {
    return (digests) => {
      const id = this.nextQuestion
      this.nextQuestion += 1
      const moved = new Uint8Array(digests)
      this.send({ type: 'claim', id, commit, digests: moved }, [moved])
      return new Promise((resolve, reject) => {
        this.questions.set(id, { resolve, reject })
      })
    }
  }

  private question(id: number): Question | undefined {
    const question = this.questions.get(id)
    this.questions.delete(id)
    return question
  }

  private async nextPage(list: number): Promise<ObjectEntry[]> {
    const iterator = this.lists.get(list)
    const entries: ObjectEntry[] = []
    while (iterator !== undefined && entries.length < LIST_PAGE_ENTRIES) {
      const step = await iterator.next()
      if (step.done) break
      entries.push(step.value)
    }
    return entries
  }
}

function bytesAnswer(bytes: Uint8Array): Answer<Uint8Array> {
  const moved = compact(bytes)
  return { value: moved, moved: [moved] }
}

function fetchAnswer(outcomes: readonly FetchOutcome[]): Answer<FetchOutcome[]> {
  const moved: Uint8Array<ArrayBuffer>[] = []
  const value = outcomes.map((outcome) => {
    if (!outcome.ok || outcome.data === undefined) return outcome
    const data = compact(outcome.data)
    moved.push(data)
    return { ...outcome, data }
  })
  return { value, moved }
}

/**
 * Serves a unit to the core thread until that disposes of it. Resolves then, with the unit disposed of and
 * the port closed.
 */
export function servePipeline(port: PipelinePort, unit: PipelineUnit): Promise<void> {
  return new Promise((resolve) => {
    const server = new PipelineServer(port, unit, () => {
      port.close()
      resolve()
    })
    port.on('message', (message) => server.receive(message as ToWorker))
  })
}

/** Tells the core thread why this thread cannot serve, with code and details. */
export function reportPipelineFailure(port: PipelinePort, error: unknown): void {
  const message: FromWorker = { type: 'failed', error: encodeError(error) }
  post(port, message)
}
