/** A thread of the pipeline: waits for its plan, builds its unit from it and serves that. */
import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { Clock, Logger, type PluginContext, Random, StratusError } from '../core/index.ts'
import type { Token } from '../core/token.ts'
import { reportPipelineFailure, servePipeline } from '../engine/pipeline/worker-server.ts'
import type { LogLevel } from './config/file-system-config.ts'
import { errorFields } from './error-fields.ts'
import { buildPipelineUnit, type PipelinePlan } from './pipeline-plan.ts'
import type { PipelineWorkerData, SentLogLine } from './pipeline-threads.ts'
import { systemClock } from './system-clock.ts'
import { systemRandom } from './system-random.ts'

const { hostPort } = workerData as PipelineWorkerData

const logger: Logger = {
  debug: send('debug'),
  info: send('info'),
  warn: send('warn'),
  error: send('error'),
}

const services = new Map<symbol, unknown>([
  [Logger, logger],
  [Clock, systemClock],
  [Random, systemRandom],
])

const context: PluginContext = {
  logger,
  resolve<T>(token: Token<T>): T {
    if (services.has(token)) return services.get(token) as T
    throw new StratusError(
      'PLUGIN_INVALID',
      `a plugin of a pipeline thread asks for ${String(token.description)}, which only exists in the core`,
    )
  },
}

if (parentPort !== null) {
  const port = parentPort
  try {
    const [plan] = (await once(hostPort, 'message')) as [PipelinePlan]
    await servePipeline(port, await buildPipelineUnit(plan, context))
  } catch (error) {
    reportPipelineFailure(port, error)
  }
}

function send(level: LogLevel) {
  return (fields: object, message: string): void => {
    const plain = Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, errorFields(value)]),
    )
    const line: SentLogLine = { level, fields: plain, message }
    hostPort.postMessage(line)
  }
}
