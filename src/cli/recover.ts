import type { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { createCommand, withExamples } from './command-line.ts'
import { EXIT_OK } from './exit-status.ts'
import type { Output } from './output.ts'
import { ProgressDisplay } from './progress-display.ts'
import { configRequest, terminalRequester, type UnmountedOptions } from './unmounted-work.ts'

/** Options of `recover`. */
export interface RecoverOptions extends UnmountedOptions {
  readonly to: string
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
  return recoverChanges(
    { ...configRequest(target, options), targetDirectory: options.to },
    terminalRequester(output, progress),
  )
}
