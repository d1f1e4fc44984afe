import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { Logger, PluginContext } from '../core/index.ts'
import { DirectPipeline } from '../engine/pipeline/direct-pipeline.ts'
import type { Pipeline } from '../engine/pipeline/pipeline.ts'
import { PipelinePool } from '../engine/pipeline/pipeline-pool.ts'
import type { LogLevel } from './config/file-system-config.ts'
import { buildPipelineUnit, type PipelinePlan } from './pipeline-plan.ts'
import { siblingModule } from './sibling-module.ts'

/** What a pipeline thread is started with. */
export interface PipelineWorkerData {
  readonly plan: PipelinePlan
  /** Where its log lines go: one thread alone writes the log. */
  readonly logPort: MessagePort
}

/** A log line on its way from a pipeline thread. */
export interface SentLogLine {
  readonly level: LogLevel
  readonly fields: object
  readonly message: string
}

/**
 * Builds the pipeline.
 *
 * @param threads - 0: in the calling thread, for a backend that lives in its memory
 */
export async function openPipeline(
  plan: PipelinePlan,
  threads: number,
  context: PluginContext,
): Promise<Pipeline> {
  if (threads === 0) return new DirectPipeline(await buildPipelineUnit(plan, context))
  const workers = Array.from({ length: threads }, () => startWorker(plan, context.logger))
  return PipelinePool.open(workers)
}

function startWorker(plan: PipelinePlan, logger: Logger): Worker {
  const { port1, port2 } = new MessageChannel()
  port1.on('message', ({ level, fields, message }: SentLogLine) => logger[level](fields, message))
  port1.unref()
  const workerData: PipelineWorkerData = { plan, logPort: port2 }
  const worker = new Worker(siblingModule('./pipeline-worker', import.meta.url), {
    workerData,
    transferList: [port2],
    name: 'pipeline',
  })
  worker.once('exit', () => port1.close())
  return worker
}
