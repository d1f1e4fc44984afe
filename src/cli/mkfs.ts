import type { Command } from 'commander'
import { standardInputPrompt } from '../host/passphrase-prompt.ts'
import type { CommandContext } from './command-context.ts'
import { createCommand, type GlobalOptions, withExamples } from './command-line.ts'
import { EXIT_OK, EXIT_USAGE } from './exit-status.ts'
import type { Output } from './output.ts'

/** Options of `mkfs`. */
export interface MkfsOptions extends GlobalOptions {
  readonly label: string
  readonly plain?: boolean
  readonly blockSize?: string
  readonly passphraseFile?: string
  readonly kdfCost?: string
}

/** Parser of `mkfs`. */
export function build(context: CommandContext): Command {
  const command = createCommand(
    context,
    'Makes a file system in a store. It is encrypted with a passphrase, which is asked for; without the ' +
      'passphrase nobody, nor you, can read the data. What is set here holds for good.',
  )
    .argument('<storage-url|name>', 'local:///folder, or a name from the configuration file')
    .option('-L, --label <text>', 'name of the file system, for people', '')
    .option('--plain', 'do not encrypt')
    .option('--block-size <size>', 'largest piece that is stored and deduplicated (default: 1MiB)')
    .option('--passphrase-file <file>', 'take the passphrase from the first line of this file')
    .option('--kdf-cost <number>', 'memory and time a guess costs: 128 * 8 * 2^number bytes (17)')
    .action(async (target: string, options: MkfsOptions) => {
      context.finish(await run(target, options, context.output))
    })
  const { title } = context
  return withExamples(command, [
    [`${title} local:///srv/store`, 'Encrypted, in an existing folder'],
    [`${title} --plain -L media local:///srv/media`, 'Without encryption'],
    [
      `${title} --passphrase-file /etc/stratus/passphrase local:///srv/store`,
      'From a script; the file must be readable by its owner only',
    ],
  ])
}

/** Makes a file system. */
export async function run(target: string, options: MkfsOptions, output: Output): Promise<number> {
  const scryptLogN = options.kdfCost === undefined ? undefined : Number(options.kdfCost)
  if (scryptLogN !== undefined && !(scryptLogN >= 10 && scryptLogN <= 20)) {
    output.failure(new Error('--kdf-cost: a number from 10 to 20'))
    return EXIT_USAGE
  }
  const { createFileSystem } = await import('../host/create-file-system.ts')
  const prompt = standardInputPrompt()
  const created = await createFileSystem(
    {
      target,
      configPath: options.config,
      flags: { passphrase: options.passphraseFile && `file:${options.passphraseFile}` },
      flagNames: { passphrase: '--passphrase-file' },
      label: options.label,
      plain: options.plain ?? false,
      blockSize: options.blockSize,
      scryptLogN,
    },
    (question) => prompt.ask(question, true),
  )
  if (output.json) output.jsonLine(created)
  else {
    const kind = created.encrypted ? 'encrypted' : 'plain'
    output.notice(`made ${kind} file system ${created.fsId} in ${created.source}`)
  }
  return EXIT_OK
}
