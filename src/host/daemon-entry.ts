/**
 * The daemon of a background mount, started by `start-daemon.ts`, which it talks to until the mount
 * point is served.
 */
import { StratusError } from '../core/index.ts'
import type { FromDaemon, ToDaemon } from './daemon-messages.ts'
import type { MountRequest, MountRequester } from './mount-request.ts'
import { PipelineThreads } from './pipeline-threads.ts'

let answered: ((message: ToDaemon) => void) | undefined

const requester: MountRequester = {
  async askPassphrase(question) {
    const answer = await new Promise<ToDaemon>((resolve) => {
      answered = resolve
      send({ kind: 'ask', question })
    })
    if (answer.kind === 'passphrase') return new Uint8Array(Buffer.from(answer.base64, 'base64'))
    const message = answer.kind === 'noPassphrase' ? answer.message : 'no passphrase was given'
    throw new StratusError('PASSPHRASE_MISSING', message)
  },
  progress: (step) => send({ kind: 'progress', step }),
  notice: (message) => send({ kind: 'notice', message }),
}

process.on('message', (message: ToDaemon) => {
  if (message.kind === 'mount') void run(message.request)
  else answered?.(message)
})

// Whoever started the daemon is gone before it was ready: nobody waits for this mount.
process.once('disconnect', () => process.exit(1))

async function run(request: MountRequest): Promise<void> {
  try {
    const threads = new PipelineThreads(request.flags.threads)
    const { serveMount } = await import('./serve-mount.ts')
    const mount = await serveMount(request, requester, threads)
    process.title = `mount.stratus ${mount.report.source} ${mount.report.mountPoint}`
    process.chdir('/')
    process.removeAllListeners('disconnect')
    process.send?.({ kind: 'mounted', report: mount.report } satisfies FromDaemon, () => {
      if (process.connected) process.disconnect()
    })
    await mount.finished
    process.exit(0)
  } catch (error) {
    fail(error)
  }
}

function fail(error: unknown): void {
  const known = error instanceof StratusError ? error : undefined
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const failure = { code: known?.code, message, details: known?.details ?? {}, stack }
  if (!process.connected) process.exit(1)
  process.send?.({ kind: 'failed', failure } satisfies FromDaemon, () => process.exit(1))
}

function send(message: FromDaemon): void {
  if (process.connected) process.send?.(message)
}
