import { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { version } from './version.ts'

/** The options that every command has. */
export interface GlobalOptions {
  readonly config?: string
  readonly logLevel?: string
  readonly quiet?: boolean
  readonly json?: boolean
}

/** Returns an empty parser with the options of every command. */
export function createCommand(context: CommandContext, description: string): Command {
  return new Command(context.title)
    .description(description)
    .helpOption('-h, --help', 'show this help')
    .version(version(), '--version', 'print the version')
    .option('--config <file>', 'use this configuration file')
    .option('--log-level <level>', 'debug, info, warn or error')
    .option('--quiet', 'print results and errors only')
    .option('--json', 'print results as JSON, progress as JSON lines')
    .allowExcessArguments(false)
    .showHelpAfterError(`(${context.title} --help explains the options)`)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, `${context.title}: `)),
    })
}

/** Adds examples to a command's help. */
export function withExamples(
  command: Command,
  examples: readonly (readonly [line: string, meaning: string])[],
): Command {
  const lines = examples.map(([line, meaning]) => `  ${meaning}:\n    ${line}`)
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}\n`)
}
