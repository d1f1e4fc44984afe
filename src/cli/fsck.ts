import type { Command } from 'commander'
import { checkReport } from './check-report.ts'
import type { CommandContext } from './command-context.ts'
import { createCommand, withExamples } from './command-line.ts'
import { EXIT_FSCK_ERRORS, EXIT_OK } from './exit-status.ts'
import type { Output } from './output.ts'
import { ProgressDisplay } from './progress-display.ts'
import { configRequest, terminalRequester, type UnmountedOptions } from './unmounted-work.ts'

/** Options of `fsck`. */
export interface FsckOptions extends UnmountedOptions {
  readonly data?: boolean
}

/** Parser of `fsck`. It also takes what fsck(8) passes to its helpers. */
export function build(context: CommandContext): Command {
  const command = createCommand(
    context,
    'Checks a file system that is not mounted: whether its tables fit together, and whether the store has ' +
      'the objects they name. Changes nothing. After a crash nobody needs it; a mount recovers by itself.',
  )
    .argument('<storage-url|name>', 'local:///folder, or a name from the configuration file')
    .option('--cachedir <folder>', 'where local state is kept')
    .option('--passphrase-file <file>', 'take the passphrase from the first line of this file')
  command.option(
    '--data',
    'also read every object, byte by byte; takes as long as a download of all',
  )
  for (const flag of ['-a', '-p', '-y', '-n', '-f', '-r', '-T', '-V', '-M', '-C']) {
    command.option(flag, 'ignored, for fsck(8)')
  }
  command.action(async (target: string, options: FsckOptions) => {
    context.finish(await run(target, options, context.output))
  })
  return withExamples(command, [
    [`${context.title} local:///srv/store`, 'Check; the status is 0 when all is well'],
    [`${context.title} --json local:///srv/store`, 'With every finding for programs'],
  ])
}

/** Checks a file system. */
export async function run(target: string, options: FsckOptions, output: Output): Promise<number> {
  using progress = new ProgressDisplay(output)
  const report = await check(target, options, output, progress)
  if (output.json) output.jsonLine(report)
  else output.data(checkReport(report))
  return report.errors === 0 ? EXIT_OK : EXIT_FSCK_ERRORS
}

// Not inlined above: in a function with `using`, the compiler leaves the path of an import() as it is.
async function check(
  target: string,
  options: FsckOptions,
  output: Output,
  progress: ProgressDisplay,
) {
  const { checkStore } = await import('../host/check-store.ts')
  return checkStore(
    configRequest(target, options),
    terminalRequester(output, progress),
    options.data === true,
  )
}
