// Serves a file system in memory from a process of its own, for tests that kill it, leave it, or run
// it as somebody else: serve-memory.ts MOUNT_POINT [OPTIONS [thread]]
//
// Prints "attached", then obeys lines of standard input: "detach", "exit".
import { createInterface } from 'node:readline'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { ReferenceOperations } from '../../src/conformance/index.ts'
import { StratusError, silentLogger } from '../../src/core/index.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { loadAddon } from '../../src/plugins/frontend-fuse/addon.ts'
import { FuseFrontend } from '../../src/plugins/frontend-fuse/fuse-frontend.ts'
import { fuseOptions } from '../../src/plugins/frontend-fuse/options.ts'

const [mountPoint = '', options = '{}', where] = isMainThread ? process.argv.slice(2) : workerData

if (isMainThread && where === 'thread') {
  // In a thread the loader of TypeScript has to be registered by hand.
  const start = `import('tsx/esm/api').then(({ register }) => {
    register()
    return import(${JSON.stringify(import.meta.url)})
  })`
  const worker = new Worker(start, { eval: true, workerData: [mountPoint, options] })
  onLine((line) => {
    if (line === 'exit') void worker.terminate().then((code) => say(`terminated ${code}`))
  })
} else {
  await serve()
}

async function serve(): Promise<void> {
  const { allowOther = false, ...plugin } = JSON.parse(options)
  const parsed = fuseOptions.parse(plugin)
  const frontend = new FuseFrontend(loadAddon(), parsed, systemClock, silentLogger)
  const request = { mountPoint, source: 'memory,test', type: 'stratus-test', readOnly: false }
  try {
    await frontend.attach(new ReferenceOperations(), { ...request, allowOther })
  } catch (error) {
    say(error instanceof StratusError ? `${error.code}: ${error.message}` : String(error))
    process.exit(1)
  }
  say('attached')
  if (isMainThread) {
    onLine((line) => {
      if (line === 'exit') process.exit(7)
      frontend.detach().catch((error: StratusError) => say(error.code))
    })
  }
  await frontend.detached
  say('detached')
  process.exit(0)
}

function onLine(listener: (line: string) => void): void {
  createInterface({ input: process.stdin }).on('line', listener)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
