import type { Command } from 'commander'
import { createCommand } from './command-line.ts'
import type { CommandContext } from './commands.ts'
export function build(context: CommandContext): Command {
  return createCommand(context, 'x')
}
