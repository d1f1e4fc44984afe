import type { Command } from 'commander'
import { standardInputPrompt } from '../host/passphrase-prompt.ts'
import type { CommandContext } from './command-context.ts'
import { createCommand, type GlobalOptions, withExamples } from './command-line.ts'
import { EXIT_OK } from './exit-status.ts'
import type { Output } from './output.ts'
import { ProgressDisplay } from './progress-display.ts'

/** Options of `recover`. */
export interface RecoverOptions extends GlobalOptions {
  readonly to: string
  readonly cachedir?: string
  readonly passphraseFile?: string
}

/** Parser of `recover`. */
export function build(context: CommandContext): Command {
  const command = createCommand(
    context,
    'Brings out what this machine acknowledged and could not commit, because another one took the file ' +
      'system over: writes the files, and a report of what else changed, to a folder. Changes neither the ' +
      'local state nor the store.',
  )
    .argument('<storage-url|name>', 'local:///folder, or a name from the configuration file')
    .requiredOption('--to <folder>', 'where to write; empty, or not there yet')
    .option('--cachedir <folder>', 'where local state is kept')
    .option('--passphrase-file <file>', 'take the passphrase from the first line of this file')
    .action(async (target: string, options: RecoverOptions) => {
      context.finish(await run(target, options, context.output))
    })
  return withExamples(command, [
    [
      `${context.title} --to /root/recovered local:///srv/store`,
      'Then look at the report in there',
    ],
  ])
}

/** Brings out what could not be committed. */
export async function run(
  target: string,
  options: RecoverOptions,
  output: Output,
): Promise<number> {
  using progress = new ProgressDisplay(output)
  const journals = await recover(target, options, output, progress)
  if (output.json) output.jsonLine({ journals })
  else if (journals.length === 0) output.data('the store has everything this machine acknowledged')
  else {
    for (const { folder, files, incomplete, operations } of journals) {
      const some = incomplete === 0 ? '' : ` (${incomplete} incomplete)`
      output.data(`${folder}: ${files} files${some}, ${operations} changes of names in report.txt`)
    }
  }
  return EXIT_OK
}

// Not inlined above: in a function with `using`, the compiler leaves the path of an import() as it is.
async function recover(
  target: string,
  options: RecoverOptions,
  output: Output,
  progress: ProgressDisplay,
) {
  const { recoverChanges } = await import('../host/recover-changes.ts')
  const prompt = standardInputPrompt()
  return recoverChanges(
    {
      target,
      targetDirectory: options.to,
      configPath: options.config,
      flags: {
        cache: { path: options.cachedir },
        passphrase: options.passphraseFile && `file:${options.passphraseFile}`,
        log: { level: options.logLevel as 'debug' | undefined },
      },
      flagNames: {
        'cache.path': '--cachedir',
        passphrase: '--passphrase-file',
        'log.level': '--log-level',
      },
    },
    {
      askPassphrase: (question) => prompt.ask(question, false),
      progress: (step) => progress.update(step),
      notice: (message) => output.notice(message),
    },
  )
}
