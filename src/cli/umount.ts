import type { Command } from 'commander'
import { unmountAndWait } from '../host/unmount-and-wait.ts'
import type { CommandContext } from './command-context.ts'
import { createCommand, type GlobalOptions, withExamples } from './command-line.ts'
import { EXIT_OK } from './exit-status.ts'
import type { Output } from './output.ts'
import { ProgressDisplay } from './progress-display.ts'

/** Options of `umount`. */
export interface UmountOptions extends GlobalOptions {
  readonly lazy?: boolean
}

/** Parser of `umount`. */
export function build(context: CommandContext): Command {
  const command = createCommand(
    context,
    'Unmounts a file system. Returns when everything is in the store and the daemon has ended: from then ' +
      'on any machine can mount it.',
  )
    .argument('<directory>', 'the mount point')
    .option('-z, --lazy', 'detach even when it is in use, and do not wait for the end')
    .option('-l', 'the same as --lazy, for umount(8)')
  for (const flag of ['-f', '-n', '-r', '-v']) command.option(flag, 'ignored, for umount(8)')
  command
    .option('-N <namespace>', 'ignored, for umount(8)')
    .option('-t <type>', 'ignored, for umount(8)')
  command.action(async (directory: string, options: UmountOptions & { readonly l?: boolean }) => {
    const lazy = options.lazy ?? options.l ?? false
    context.finish(await run(directory, { ...options, lazy }, context.output))
  })
  return withExamples(command, [[`${context.title} /mnt`, 'Unmount and wait']])
}

/** Unmounts a file system. */
export async function run(
  directory: string,
  options: UmountOptions,
  output: Output,
): Promise<number> {
  using progress = new ProgressDisplay(output)
  await unmountAndWait(
    { path: directory, lazy: options.lazy ?? false },
    {
      progress: (step) => progress.update(step),
      notice: (message) => output.notice(message),
    },
  )
  return EXIT_OK
}
