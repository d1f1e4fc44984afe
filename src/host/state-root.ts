import { join } from 'node:path'
import { homeDirectory, isRoot } from './system-user.ts'

/** Folder of the local state of all file systems of this user, unless the configuration says else. */
export function defaultStateRoot(): string {
  if (isRoot()) return '/var/cache/stratus'
  return join(process.env['XDG_CACHE_HOME'] || join(homeDirectory(), '.cache'), 'stratus')
}

/**
 * Folder of what lasts no longer than the machine is up: the records of this user's mounts.
 *
 * It does not follow the configuration, so that `umount` finds a daemon by its mount point alone.
 */
export function runtimeRoot(): string {
  if (isRoot()) return '/run/stratus'
  const runtime = process.env['XDG_RUNTIME_DIR']
  return runtime ? join(runtime, 'stratus') : join(defaultStateRoot(), 'run')
}
