import type { CommandModule } from './command-context.ts'

/** A command as the overview lists it. */
export interface CommandEntry {
  readonly summary: string
  /** Loads it. Start-up counts: no command pays for what another needs. */
  load(): Promise<CommandModule>
}

/** All commands, by name. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  mkfs: { summary: 'make a file system in a store', load: () => import('./mkfs.ts') },
  mount: { summary: 'mount a file system', load: () => import('./mount.ts') },
  umount: {
    summary: 'unmount, and wait until everything is in the store',
    load: () => import('./umount.ts'),
  },
  stat: { summary: 'show sizes and state of a mount', load: () => import('./stat.ts') },
  ctrl: { summary: 'tell a mount to do something: flush', load: () => import('./ctrl.ts') },
  fsck: { summary: 'check a file system that is not mounted', load: () => import('./fsck.ts') },
  recover: {
    summary: 'bring out changes that this machine could not commit any more',
    load: () => import('./recover.ts'),
  },
}
