import { userInfo } from 'node:os'

/** Whether this process runs as the superuser. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0
}

/** The user's home directory as the user database has it, or `/` for a user without one. */
export function homeDirectory(): string {
  try {
    return process.env['HOME'] ?? userInfo().homedir
  } catch {
    return '/'
  }
}
