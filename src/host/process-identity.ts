import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Start of a process in clock ticks since boot, or `undefined` when there is no such process. */
export function processStart(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The second field, the name in parentheses, may hold anything; the fields behind it are numbers.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  return state === 'Z' || state === 'X' ? undefined : fields[19]
}

/** Whether the process that had this pid and start is still there. */
export function isSameProcess(pid: number, start: string): boolean {
  return processStart(pid) === start
}

/**
 * Identifies machine, boot and pid namespace, separated by slashes: with an equal answer a pid from
 * elsewhere can be checked here. The host name is part of the machine, because machines that were
 * cloned share the rest.
 */
export function machineIdentity(): string {
  const machine = `${readText('/etc/machine-id')?.trim() ?? ''}@${hostname()}`
  const boot = readText('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
  const namespace = readLink('/proc/self/ns/pid') ?? ''
  return [machine, boot, namespace].map((part) => part.replaceAll('/', '_')).join('/')
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
