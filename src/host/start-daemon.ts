import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { StratusError } from '../core/index.ts'
import type { FromDaemon, SentFailure, ToDaemon } from './daemon-messages.ts'
import type { MountedReport, MountRequest, MountRequester } from './mount-request.ts'
import { siblingModule } from './sibling-module.ts'

/**
 * Threads of libuv's pool in the daemon. Disk syncs of journal and local store may each occupy one for
 * long, and the four there are by default would make a reader wait for them.
 */
const POOL_THREADS = '16'

/**
 * Starts a daemon that mounts, and waits until the mount point is served.
 *
 * @throws whatever made the daemon fail
 */
export function startDaemon(
  request: MountRequest,
  requester: MountRequester,
): Promise<MountedReport> {
  const entry = fileURLToPath(siblingModule('./daemon-entry', import.meta.url))
  // The arguments are for people who look at a list of processes.
  const shown = [request.target, request.mountPoint ?? '']
  const daemon = spawn(process.execPath, [...process.execArgv, entry, ...shown], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { UV_THREADPOOL_SIZE: POOL_THREADS, ...process.env },
  })
  return converse(daemon, request, requester).finally(() => {
    if (daemon.connected) daemon.disconnect()
    daemon.unref()
  })
}

function converse(
  daemon: ChildProcess,
  request: MountRequest,
  requester: MountRequester,
): Promise<MountedReport> {
  const send = (message: ToDaemon) => daemon.send(message)
  const answerQuestion = (question: string): void => {
    requester.askPassphrase(question).then(
      (passphrase) =>
        send({ kind: 'passphrase', base64: Buffer.from(passphrase).toString('base64') }),
      (error: Error) => send({ kind: 'noPassphrase', message: error.message }),
    )
  }
  return new Promise((resolve, reject) => {
    daemon.on('error', (cause) => reject(endedEarly(cause.message)))
    daemon.on('exit', (status, signal) => reject(endedEarly(`status ${status ?? signal}`)))
    daemon.on('message', (message: FromDaemon) => {
      switch (message.kind) {
        case 'ask':
          return answerQuestion(message.question)
        case 'progress':
          return requester.progress(message.step)
        case 'notice':
          return requester.notice(message.message)
        case 'mounted':
          return resolve(message.report)
        case 'failed':
          return reject(receivedFailure(message.failure))
      }
    })
    send({ kind: 'mount', request })
  })
}

function receivedFailure({ code, message, details, stack }: SentFailure): Error {
  const error =
    code === undefined ? new Error(message) : new StratusError(code, message, { details })
  if (stack !== undefined) error.stack = stack
  return error
}

function endedEarly(how: string): Error {
  return new Error(`the daemon ended before it could serve the mount (${how})`)
}
