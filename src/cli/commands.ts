import type { Command } from 'commander'
import type { Output } from './output.ts'

/** What a command gets to work with. */
export interface CommandContext {
  /** How the user called it: `stratus mount`, `mount.stratus`. */
  readonly title: string
  readonly output: Output
  /** Records the exit status. */
  finish(status: number): void
}

/** One command: a parser, whose action does the work. */
export interface CommandModule {
  /** Returns the parser. Its action ends with {@link CommandContext.finish} or an error. */
  build(context: CommandContext): Command
}

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
}
