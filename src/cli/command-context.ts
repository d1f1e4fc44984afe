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
