import { readFileSync } from 'node:fs'
import { type SessionRow, StratusError } from '../../core/index.ts'

/** Who wants to mount. */
export interface SessionClaim {
  /** Machine, boot and pid namespace, separated by slashes. */
  readonly machine: string
  readonly pid: number
}

/** Whether a process of this machine runs. One that is dead and not yet waited for does not. */
function isAlive(pid: number): boolean {
  try {
    // The state follows the name, which may contain anything but ends with the last parenthesis.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
    return state !== 'Z' && state !== 'X'
  } catch {
    return false
  }
}

/**
 * Whether the session that the log calls open may still live.
 *
 * A process of this machine can be asked for, and one of an earlier boot is gone. Of another machine
 * nothing is known: an idle mount sends no sign of life.
 */
export function mayLive(session: SessionRow, claim: SessionClaim): boolean {
  if (!session.open) return false
  const [machine, boot, namespace] = session.machine.split('/')
  const [ownMachine, ownBoot, ownNamespace] = claim.machine.split('/')
  if (machine !== ownMachine) return true
  if (boot !== ownBoot) return false
  if (namespace !== ownNamespace) return true
  return session.pid !== claim.pid && isAlive(session.pid)
}

/** Whether the machine has started anew since a session of its own. */
export function hasRebooted(session: SessionRow | undefined, claim: SessionClaim): boolean {
  const [machine, boot] = session?.machine.split('/') ?? []
  const [ownMachine, ownBoot] = claim.machine.split('/')
  return machine === ownMachine && boot !== ownBoot
}

/** The refusal to mount beside a session that may still live. */
export function busy(session: SessionRow): StratusError {
  return new StratusError('FILE_SYSTEM_BUSY', 'the file system is mounted elsewhere', {
    details: {
      host: session.host,
      pid: session.pid,
      since: new Date(session.sinceMs).toISOString(),
    },
  })
}
