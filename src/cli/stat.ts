import type { Command } from 'commander'
import { findLiveMount, queryStatus } from '../host/live-mount.ts'
import type { CommandContext } from './command-context.ts'
import { createCommand, type GlobalOptions, withExamples } from './command-line.ts'
import { EXIT_OK } from './exit-status.ts'
import type { Output } from './output.ts'
import { statusReport } from './status-report.ts'

/** Parser of `stat`. */
export function build(context: CommandContext): Command {
  const command = createCommand(
    context,
    'Shows how much a mounted file system holds, what is left of it after deduplication and ' +
      'compression, and how its daemon is.',
  )
    .argument('<directory>', 'the mount point')
    .action(async (directory: string, _options: GlobalOptions) => {
      context.finish(await run(directory, context.output))
    })
  return withExamples(command, [
    [`${context.title} /mnt`, 'For people'],
    [`${context.title} --json /mnt`, 'For programs: all figures, sizes in bytes'],
  ])
}

/** Shows the statistics of a mount. */
export async function run(directory: string, output: Output): Promise<number> {
  const status = await queryStatus(await findLiveMount(directory))
  if (output.json) output.jsonLine(status)
  else output.data(statusReport(status))
  return EXIT_OK
}
