import { randomBytes } from 'node:crypto'
import { ManualClock } from '../../src/conformance/index.ts'
import {
  Clock,
  Logger,
  type PluginContext,
  Random,
  silentLogger,
  type Token,
} from '../../src/core/index.ts'

/** Unpredictable bytes, as the host supplies them. */
export const testRandom: Random = {
  bytes: (count) => new Uint8Array(randomBytes(count)),
  fraction: () => 0.5,
}

/** Returns a context that supplies the services every thread has, and the contracts in `more`. */
export function pluginContext(more: readonly (readonly [symbol, unknown])[] = []): PluginContext {
  const contracts = new Map<symbol, unknown>([
    [Logger, silentLogger],
    [Clock, new ManualClock()],
    [Random, testRandom],
    ...more,
  ])
  return {
    logger: silentLogger,
    resolve: <T>(token: Token<T>) => {
      if (!contracts.has(token)) throw new TypeError(`nothing supplies ${token.description}`)
      return contracts.get(token) as T
    },
  }
}
