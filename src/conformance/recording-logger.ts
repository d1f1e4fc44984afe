import assert from 'node:assert/strict'
import type { Logger } from '../core/services.ts'

/** How serious a line is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One line that was logged. */
export interface LogLine {
  readonly level: LogLevel
  readonly fields: object
  readonly message: string
}

/** Keeps what is logged, for tests to look at. */
export class RecordingLogger implements Logger {
  /** All lines so far, oldest first. */
  readonly lines: LogLine[] = []

  debug(fields: object, message: string): void {
    this.lines.push({ level: 'debug', fields, message })
  }

  info(fields: object, message: string): void {
    this.lines.push({ level: 'info', fields, message })
  }

  warn(fields: object, message: string): void {
    this.lines.push({ level: 'warn', fields, message })
  }

  error(fields: object, message: string): void {
    this.lines.push({ level: 'error', fields, message })
  }

  /** Throws if a warning or an error was logged, other than those with the messages in `expected`. */
  assertQuiet(...expected: readonly string[]): void {
    const loud = this.lines.filter(({ level }) => level === 'warn' || level === 'error')
    const surprises = loud.filter(({ message }) => !expected.includes(message))
    assert.deepEqual(surprises, [], 'unexpected warnings')
  }
}
