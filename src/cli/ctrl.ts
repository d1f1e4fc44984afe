import type { Command } from 'commander'
import { flushMount } from '../host/flush-mount.ts'
import { findLiveMount } from '../host/live-mount.ts'
import type { CommandContext } from './command-context.ts'
import { createCommand, type GlobalOptions, withExamples } from './command-line.ts'
import { EXIT_OK } from './exit-status.ts'
import type { Output } from './output.ts'
import { ProgressDisplay } from './progress-display.ts'

/** Parser of `ctrl`. */
export function build(context: CommandContext): Command {
  const command = createCommand(context, 'Tells a mounted file system to do something.')
    .argument('<action>', 'flush: put everything that was written so far into the store')
    .argument('<directory>', 'the mount point')
    .action(async (action: string, directory: string, _options: GlobalOptions) => {
      if (action !== 'flush') command.error(`there is no action "${action}": flush`)
      context.finish(await run(directory, context.output))
    })
  return withExamples(command, [
    [
      `${context.title} flush /mnt`,
      'Returns when all of it would survive the loss of this machine',
    ],
  ])
}

/** Flushes a mount. */
export async function run(directory: string, output: Output): Promise<number> {
  using progress = new ProgressDisplay(output)
  await flushMount(await findLiveMount(directory), (step) => progress.update(step))
  return EXIT_OK
}
