import {
  Clock,
  type Compressor,
  type Logger,
  type ObjectBackend,
  type PluginContext,
  Random,
  StratusError,
} from '../core/index.ts'
import { BackendCounters } from '../engine/decorators/backend-counters.ts'
import { CountingBackend } from '../engine/decorators/counting-backend.ts'
import { RetryingBackend } from '../engine/decorators/retrying-backend.ts'
import { PipelineUnit } from '../engine/pipeline/pipeline-unit.ts'
import type { PluginSources } from './config/file-system-config.ts'
import type { PluginChoice } from './config/plugin-choice.ts'
import { componentLogger } from './logger.ts'
import { PluginLoader } from './plugin-loader.ts'

/** What a thread needs to know to build its part of the pipeline. Plain data that can be sent. */
export interface PipelinePlan {
  readonly backend: PluginChoice
  readonly cipher: PluginChoice
  readonly splitter: PluginChoice
  /** For new blocks. */
  readonly compressor: PluginChoice
  readonly plugins: PluginSources
  readonly fsId: Uint8Array
  readonly masterKey: Uint8Array
  /** Where the requests of all threads are counted: {@link BackendCounters.memory}. */
  readonly counters: SharedArrayBuffer
}

/** Builds the pipeline's unit of the calling thread, with plugin instances of its own. */
export async function buildPipelineUnit(
  plan: PipelinePlan,
  context: PluginContext,
): Promise<PipelineUnit> {
  const loader = new PluginLoader(plan.plugins)
  const named = (component: string) => withLogger(context, component)
  const [cipher, splitter, compressor, backend] = await Promise.all([
    loader.build('cipher', plan.cipher, named('cipher')),
    loader.build('splitter', plan.splitter, named('splitter')),
    loader.build('compressor', plan.compressor, named('compressor')),
    loader.build('backend', plan.backend, named('backend')),
  ])
  return new PipelineUnit({
    backend: decorated(backend, plan, named('backend')),
    cipher,
    splitter,
    compressor,
    decompressors: (formatId) =>
      compressor.formatId === formatId
        ? compressor
        : compressorOfFormat(loader, formatId, named('compressor')),
    fsId: plan.fsId,
    masterKey: plan.masterKey,
    random: context.resolve(Random),
  })
}

/** A store that does not answer is asked again, and every attempt is counted. */
function decorated(
  backend: ObjectBackend,
  plan: PipelinePlan,
  context: PluginContext,
): ObjectBackend {
  const counters = new BackendCounters(plan.counters)
  return new RetryingBackend(new CountingBackend(backend, counters), {
    clock: context.resolve(Clock),
    random: context.resolve(Random),
    logger: context.logger,
    counters,
  })
}

/** Finds whatever compressor reads a format: any mount reads what any other chain wrote. */
async function compressorOfFormat(
  loader: PluginLoader,
  formatId: number,
  context: PluginContext,
): Promise<Compressor> {
  for (const use of await loader.known('compressor')) {
    const compressor = await loader.build('compressor', { use, options: {} }, context)
    if (compressor.formatId === formatId) return compressor
  }
  throw new StratusError(
    'FORMAT_UNSUPPORTED',
    `a block is compressed in format ${formatId}, which no plugin here reads: ` +
      'list the plugin under "plugins" in the configuration',
    { details: { formatId } },
  )
}

function withLogger(context: PluginContext, component: string): PluginContext {
  const logger: Logger = componentLogger(context.logger, component)
  return { logger, resolve: (token) => context.resolve(token) }
}
