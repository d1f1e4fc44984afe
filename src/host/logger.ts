import pino from 'pino'
import type { Logger } from '../core/index.ts'
import type { LogLevel } from './config/file-system-config.ts'
import { errorFields } from './error-fields.ts'

/** Fields that never reach a log: secrets, and what users call their files. */
const secretFields = [
  'passphrase',
  'password',
  'masterKey',
  'secret',
  'secretKey',
  'credentials',
  'token',
  'name',
  'target',
]

/** A logger that can be closed. */
export interface OpenLogger extends Logger, AsyncDisposable {
  /** Changes how talkative it is. */
  setLevel(level: LogLevel): void
}

/**
 * Opens the log.
 *
 * @param file - path of the log file, appended to as JSON lines; without it lines for people go to standard
 *   error
 */
export function openLogger(level: LogLevel, file: string | undefined): OpenLogger {
  const destination =
    file === undefined
      ? { write: (line: string) => void process.stderr.write(forPeople(line)) }
      : pino.destination({ dest: file, mkdir: true, sync: true, mode: 0o600 })
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorFields, error: errorFields, cause: errorFields },
      redact: [...secretFields, ...secretFields.map((field) => `*.${field}`)],
    },
    destination,
  )
  return {
    ...fromPino(logger),
    setLevel(next) {
      logger.level = next
    },
    async [Symbol.asyncDispose]() {
      if ('end' in destination) destination.end()
    },
  }
}

/** Returns a logger whose lines name a component. */
export function componentLogger(logger: Logger, component: string): Logger {
  const withName =
    (level: LogLevel) =>
    (fields: object, message: string): void =>
      logger[level]({ component, ...fields }, message)
  return {
    debug: withName('debug'),
    info: withName('info'),
    warn: withName('warn'),
    error: withName('error'),
  }
}

function fromPino(logger: pino.Logger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  }
}

function forPeople(line: string): string {
  const { time, level, component, msg, ...fields } = JSON.parse(line) as LogLine
  const facts = Object.entries(fields).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  const where = component === undefined ? '' : ` ${component}:`
  return `${time} ${level}${where} ${msg}${facts.length > 0 ? ` (${facts.join(' ')})` : ''}\n`
}

interface LogLine {
  readonly time: string
  readonly level: string
  readonly component?: string
  readonly msg: string
}
