import { availableParallelism } from 'node:os'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { Logger } from '../core/index.ts'
import type { LogLevel } from './config/file-system-config.ts'
import type { PipelinePlan } from './pipeline-plan.ts'
import { siblingModule } from './sibling-module.ts'

/**
 * Most threads without being told to. Each holds packs of 16 MiB, and beyond this many the store is what
 * limits.
 */
const AUTOMATIC_MAX = 16

/** What a pipeline thread is started with. */
export interface PipelineWorkerData {
  /** Brings the plan, and takes log lines: one thread alone writes the log. */
  readonly hostPort: MessagePort
}

/** A log line on its way from a pipeline thread. */
export interface SentLogLine {
  readonly level: LogLevel
  readonly fields: object
  readonly message: string
}

/** A thread that loads its code and waits for its plan. */
interface WaitingThread {
  readonly worker: Worker
  readonly port: MessagePort
}

/**
 * Threads of the pipeline that were started ahead. They load their code while the core thread does the
 * same and asks for the passphrase; what they are to do follows.
 */
export class PipelineThreads implements AsyncDisposable {
  readonly #waiting: WaitingThread[] = []

  /** @param count - by default one for each core; more than is sensible ahead wait for `take` */
  constructor(count: number | undefined) {
    this.#startUpTo(Math.min(count ?? availableParallelism(), AUTOMATIC_MAX))
  }

  /**
   * Puts threads to work. They belong to the caller then; those that are left over end.
   *
   * @param count - by default as many as were started
   * @param onLine - told every line that a thread logs
   */
  take(
    plan: PipelinePlan,
    count: number | undefined,
    logger: Logger,
    onLine: (line: SentLogLine) => void,
  ): Worker[] {
    if (count !== undefined) this.#startUpTo(count)
    return this.#waiting.splice(0, count ?? this.#waiting.length).map(({ worker, port }) => {
      port.on('message', (line: SentLogLine) => {
        onLine(line)
        logger[line.level](line.fields, line.message)
      })
      port.unref()
      port.postMessage(plan)
      worker.once('exit', () => port.close())
      return worker
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#waiting.splice(0).map(({ worker }) => worker.terminate()))
  }

  #startUpTo(count: number): void {
    while (this.#waiting.length < count) {
      const { port1, port2 } = new MessageChannel()
      const workerData: PipelineWorkerData = { hostPort: port2 }
      const worker = new Worker(siblingModule('./pipeline-worker', import.meta.url), {
        workerData,
        transferList: [port2],
        name: 'pipeline',
      })
      this.#waiting.push({ worker, port: port1 })
    }
  }
}
