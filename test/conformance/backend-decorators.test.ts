import { describe, it } from 'vitest'
import { objectBackendCases, registerCases } from '../../src/conformance/index.ts'
import { type ObjectBackend, silentLogger } from '../../src/core/index.ts'
import { BackendCounters } from '../../src/engine/decorators/backend-counters.ts'
import { CountingBackend } from '../../src/engine/decorators/counting-backend.ts'
import { RetryingBackend } from '../../src/engine/decorators/retrying-backend.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { MemoryBackend } from '../../src/plugins/backend-memory/memory-backend.ts'
import { testRandom } from '../support/plugin-context.ts'

const services = { clock: systemClock, random: testRandom, logger: silentLogger }

const stacks: Readonly<Record<string, (store: ObjectBackend) => ObjectBackend>> = {
  retrying: (store) => new RetryingBackend(store, services),
  counting: (store) => new CountingBackend(store, new BackendCounters()),
  'retrying counting': (store) =>
    new RetryingBackend(new CountingBackend(store, new BackendCounters()), services),
}

for (const [name, decorate] of Object.entries(stacks)) {
  registerCases({ describe, it }, `${name} backend-memory`, objectBackendCases, {
    create: () => decorate(new MemoryBackend(new Map(), Date.now)),
    has: (backend, capability) => backend.capabilities[capability],
  })
}
