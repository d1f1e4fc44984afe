import { basename } from 'node:path'
import { StratusError } from '../core/index.ts'
import { commands } from './commands.ts'
import { EXIT_OK, EXIT_UNEXPECTED, EXIT_USAGE, exitStatus } from './exit-status.ts'
import { Output } from './output.ts'
import { overview } from './overview.ts'
import { version } from './version.ts'

/** What was called, and with what. */
interface Invocation {
  readonly title: string
  readonly name: string | undefined
  readonly args: readonly string[]
}

/**
 * Runs one command line.
 *
 * @param argv - what follows the program name
 * @param programName - `stratus`, or `mkfs.stratus` and the like, which stand for a command each
 * @returns the exit status
 */
export async function main(argv: readonly string[], programName: string): Promise<number> {
  const { title, name, args } = dispatch(argv, basename(programName))
  const output = new Output(title, args)
  const entry = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined
  if (entry === undefined) return withoutCommand(name, args, output)
  let status = EXIT_OK
  try {
    const module = await entry.load()
    const command = module.build({
      title,
      output,
      finish: (result) => {
        status = result
      },
    })
    await command.parseAsync([...args], { from: 'user' })
    return status
  } catch (error) {
    return failed(error, output)
  } finally {
    output.close()
  }
}

function dispatch(argv: readonly string[], programName: string): Invocation {
  const alias = /^(mkfs|mount|umount|fsck)\./.exec(programName)
  if (alias !== null) return { title: programName, name: alias[1], args: argv }
  const at = argv.findIndex((arg, index) => !arg.startsWith('-') && !takesValue(argv[index - 1]))
  if (at === -1) return { title: 'stratus', name: undefined, args: argv }
  const name = argv[at] as string
  const args = [...argv.slice(at + 1, argv.length), ...argv.slice(0, at)]
  return { title: `stratus ${name}`, name, args: at === 0 ? argv.slice(1) : args }
}

/** The global options that may stand in front of the command with a value of their own. */
function takesValue(option: string | undefined): boolean {
  return option === '--config' || option === '--log-level'
}

function withoutCommand(name: string | undefined, args: readonly string[], output: Output): number {
  if (name === 'help' || args.includes('--help') || args.includes('-h')) {
    output.data(overview())
    return EXIT_OK
  }
  if (args.includes('--version')) {
    output.data(version())
    return EXIT_OK
  }
  if (name === undefined) {
    process.stderr.write(`${overview()}\n`)
    return EXIT_USAGE
  }
  process.stderr.write(
    `stratus: there is no command "${name}": ${Object.keys(commands).join(', ')}\n`,
  )
  return EXIT_USAGE
}

function failed(error: unknown, output: Output): number {
  if (error instanceof StratusError) {
    output.failure(error)
    return exitStatus[error.code]
  }
  const { name, exitCode } = error as { name?: string; exitCode?: number }
  if (name === 'CommanderError') return exitCode === 0 ? EXIT_OK : EXIT_USAGE
  output.failure(error)
  return EXIT_UNEXPECTED
}
