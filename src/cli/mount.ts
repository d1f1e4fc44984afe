import type { Command } from 'commander'
import type { MountedReport, MountRequest, MountRequester } from '../host/mount-request.ts'
import { standardInputPrompt } from '../host/passphrase-prompt.ts'
import type { CommandContext } from './command-context.ts'
import { createCommand, type GlobalOptions, withExamples } from './command-line.ts'
import { EXIT_OK } from './exit-status.ts'
import { expandMountOptions } from './mount-options.ts'
import type { Output } from './output.ts'
import { ProgressDisplay } from './progress-display.ts'

/** Options of `mount`. */
export interface MountOptions extends GlobalOptions {
  readonly fg?: boolean
  readonly allowOther?: boolean
  readonly readOnly?: boolean
  readonly compress?: string
  readonly cachedir?: string
  readonly cachesize?: string
  readonly commitInterval?: string
  readonly fsync?: string
  readonly threads?: string
  readonly passphraseFile?: string
  readonly logFile?: string
  readonly force?: boolean
  readonly acceptRollback?: boolean
  readonly fake?: boolean
}

/** Parser of `mount`. It also takes what mount(8) passes to its helpers. */
export function build(context: CommandContext): Command {
  const command = createCommand(
    context,
    'Mounts a file system. Returns when the mount point can be used; a daemon serves it in the ' +
      'background until it is unmounted. The passphrase is asked for, or read as one line from standard input.',
  )
    .argument('<storage-url|name>', 'local:///folder, or a name from the configuration file')
    .argument('[directory]', 'where to mount; may be set in the configuration file')
    .option('--fg', 'stay in the foreground and log to standard error')
    .option('--allow-other', 'let other users in; file permissions hold for them')
    .option('--read-only', 'change nothing')
    .option(
      '--compress <method>',
      'for new data: none, zlib-1 to zlib-9, zstd-1 to zstd-22 (zstd-3)',
    )
    .option('--cachedir <folder>', 'where to keep local state and cache')
    .option('--cachesize <size>', 'most local disk for file data, such as 20GiB')
    .option('--commit-interval <time>', 'longest time between a change and its commit (10s)')
    .option('--fsync <where>', 'what fsync waits for: journal (local disk) or cloud (the store)')
    .option('--threads <number>', 'threads that compress, encrypt and transfer (one per core)')
    .option('--passphrase-file <file>', 'take the passphrase from the first line of this file')
    .option('--log-file <file>', 'where a background mount logs')
    .option('--force', 'take over a file system that another machine has mounted and that is gone')
    .option('--accept-rollback', 'accept a store that is older than what this machine has seen')
    .option(
      '-o <options>',
      'the same options as mount(8) and fstab(5) give them: allow_other,cachesize=20GiB,ro',
      (text: string, before: string[] = []) => [...before, text],
    )
  for (const flag of ['-s', '-n', '-v']) command.option(flag, 'ignored, for mount(8)')
  command.option('-f, --fake', 'check the command line only, for mount(8)')
  command
    .option('-N <namespace>', 'ignored, for mount(8)')
    .option('-t <type>', 'ignored, for mount(8)')
  command.action(async (target: string, directory: string | undefined, given: MountOptions) => {
    const options = mergeMountOptions(command, given)
    context.finish(await run(target, directory, options, context.output))
  })
  const { title } = context
  return withExamples(command, [
    [`${title} local:///srv/store /mnt`, 'In the background'],
    [`${title} --fg --log-level debug local:///srv/store /mnt`, 'To see what it does'],
    [`${title} work`, 'As the configuration file describes it under "work"'],
    [
      'local:///srv/store  /mnt  stratus  _netdev,passphrase_file=/etc/stratus/passphrase  0  0',
      'In /etc/fstab, once mount.stratus is linked into /sbin',
    ],
  ])
}

/** Has the words of `-o` parsed as if they had been given as long options. */
function mergeMountOptions(command: Command, given: MountOptions): MountOptions {
  const texts = (given as { readonly o?: readonly string[] }).o ?? []
  if (texts.length === 0) return given
  const known = new Set(command.options.map(({ long }) => long ?? ''))
  const flags = texts.flatMap((text) => expandMountOptions(text, known))
  command.parseOptions(flags)
  return command.opts<MountOptions>()
}

/** Mounts a file system; in the foreground until it is unmounted. */
export async function run(
  target: string,
  directory: string | undefined,
  options: MountOptions,
  output: Output,
): Promise<number> {
  if (options.fake) return EXIT_OK
  const request = mountRequest(target, directory, options)
  using progress = new ProgressDisplay(output)
  const prompt = standardInputPrompt()
  const requester: MountRequester = {
    askPassphrase: (question) => prompt.ask(question, false),
    progress: (step) => progress.update(step),
    notice: (message) => output.notice(message),
  }
  if (!request.background) return serve(request, requester, output, progress)
  announce(await mountInBackground(request, requester), output)
  return EXIT_OK
}

// Not inlined above: in a function with `using`, the compiler leaves the path of an import() as it is.
async function mountInBackground(
  request: MountRequest,
  requester: MountRequester,
): Promise<MountedReport> {
  const { startDaemon } = await import('../host/start-daemon.ts')
  return startDaemon(request, requester)
}

async function serve(
  request: MountRequest,
  requester: MountRequester,
  output: Output,
  progress: ProgressDisplay,
): Promise<number> {
  const { PipelineThreads } = await import('../host/pipeline-threads.ts')
  const threads = new PipelineThreads(request.flags.threads)
  const { serveMount } = await import('../host/serve-mount.ts')
  const mount = await serveMount(request, requester, threads)
  progress[Symbol.dispose]()
  announce(mount.report, output)
  await mount.finished
  return EXIT_OK
}

function announce(report: MountedReport, output: Output): void {
  if (output.json) output.jsonLine(report)
}

function mountRequest(
  target: string,
  mountPoint: string | undefined,
  options: MountOptions,
): MountRequest {
  return {
    target,
    mountPoint,
    configPath: options.config,
    background: !options.fg,
    force: options.force ?? false,
    acceptRollback: options.acceptRollback ?? false,
    flags: {
      compressor: options.compress,
      cache: { path: options.cachedir, size: options.cachesize },
      commit: { interval: options.commitInterval },
      fsync: options.fsync as 'journal' | 'cloud' | undefined,
      threads: options.threads === undefined ? undefined : Number(options.threads),
      allowOther: options.allowOther,
      readOnly: options.readOnly,
      passphrase: options.passphraseFile && `file:${options.passphraseFile}`,
      log: { level: options.logLevel as 'debug' | undefined, file: options.logFile },
    },
    flagNames: {
      compressor: '--compress',
      'cache.path': '--cachedir',
      'cache.size': '--cachesize',
      'commit.interval': '--commit-interval',
      fsync: '--fsync',
      threads: '--threads',
      passphrase: '--passphrase-file',
      'log.level': '--log-level',
      'log.file': '--log-file',
    },
  }
}
