/** What commands that work on a file system which is not mounted have in common. */
import type { ConfigRequest } from '../host/config/resolve-config.ts'
import type { MountRequester } from '../host/mount-request.ts'
import { standardInputPrompt } from '../host/passphrase-prompt.ts'
import type { GlobalOptions } from './command-line.ts'
import type { Output } from './output.ts'
import type { ProgressDisplay } from './progress-display.ts'

/** Options of these commands. */
export interface UnmountedOptions extends GlobalOptions {
  readonly cachedir?: string
  readonly passphraseFile?: string
}

/** Which file system, with which settings. */
export function configRequest(target: string, options: UnmountedOptions): ConfigRequest {
  return {
    target,
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
  }
}

/** Asks on standard input, shows progress and notices. */
export function terminalRequester(output: Output, progress: ProgressDisplay): MountRequester {
  const prompt = standardInputPrompt()
  return {
    askPassphrase: (question) => prompt.ask(question, false),
    progress: (step) => progress.update(step),
    notice: (message) => output.notice(message),
  }
}
