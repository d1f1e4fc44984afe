import type { Mount } from './mount.ts'

/** What asks a mount to end. */
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/**
 * Ends a mount in good order on the signals that ask for it: detach, put everything into the bucket,
 * close. A second one while the first is obeyed changes nothing; `SIGKILL` is safe at any time, because
 * what was acknowledged is in the journal.
 *
 * @returns what gives the signals their usual meaning back; happens by itself when the mount has ended
 */
export function stopOnSignals(mount: Mount): () => void {
  let stopping = false
  const stop = async (): Promise<void> => {
    if (stopping) return
    stopping = true
    // What went wrong is in the log, and a mount point in use keeps the mount going.
    await mount.stop().catch(() => undefined)
    stopping = false
  }
  for (const signal of signals) process.on(signal, stop)
  const restore = (): void => {
    for (const signal of signals) process.off(signal, stop)
  }
  mount.finished.then(restore, restore)
  return restore
}
