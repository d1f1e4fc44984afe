import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Most processes that a message names. */
const NAMED_MAX = 5

/**
 * Returns the processes that have a working directory, an open file or a mapping below a mount point, as
 * `name (pid)`. Sees only processes this user may look into.
 */
export function mountPointUsers(mountPoint: string): string[] {
  const users = list('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => uses(pid, mountPoint))
    .map((pid) => `${read(`/proc/${pid}/comm`).trim()} (${pid})`)
  const rest = users.length - NAMED_MAX
  return rest > 0 ? [...users.slice(0, NAMED_MAX), `${rest} more`] : users
}

function uses(pid: string, mountPoint: string): boolean {
  const below = (path: string) => path === mountPoint || path.startsWith(`${mountPoint}/`)
  const links = [...['cwd', 'root', 'exe'], ...list(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`)]
  if (links.some((link) => below(target(`/proc/${pid}/${link}`)))) return true
  const maps = read(`/proc/${pid}/maps`).split('\n')
  return maps.some((line) => below(line.slice(line.indexOf('/'))))
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function target(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
