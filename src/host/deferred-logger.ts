import type { Logger } from '../core/index.ts'
import type { LogLevel } from './config/file-system-config.ts'
import type { OpenLogger } from './logger.ts'

/**
 * A logger that keeps its lines until it is known where they go: the log of a background mount lies in a
 * folder that is named after the file system, which has to be found first.
 */
export class DeferredLogger implements Logger, AsyncDisposable {
  #target: OpenLogger | undefined
  readonly #kept: [LogLevel, object, string][] = []

  /** Writes what was kept to `target`, and everything from now on. */
  open(target: OpenLogger): void {
    this.#target = target
    for (const [level, fields, message] of this.#kept.splice(0)) target[level](fields, message)
  }

  debug(fields: object, message: string): void {
    this.#write('debug', fields, message)
  }

  info(fields: object, message: string): void {
    this.#write('info', fields, message)
  }

  warn(fields: object, message: string): void {
    this.#write('warn', fields, message)
  }

  error(fields: object, message: string): void {
    this.#write('error', fields, message)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#target?.[Symbol.asyncDispose]()
  }

  #write(level: LogLevel, fields: object, message: string): void {
    if (this.#target === undefined) this.#kept.push([level, fields, message])
    else this.#target[level](fields, message)
  }
}
