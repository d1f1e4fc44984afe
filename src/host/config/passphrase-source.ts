import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { StratusError } from '../../core/index.ts'

/**
 * Fetches the passphrase that a reference of the configuration points to.
 *
 * @param reference - `env:NAME`, `file:PATH` or `cmd:COMMAND`
 * @param folder - where relative paths start
 * @throws StratusError `PASSPHRASE_MISSING`
 */
export async function resolvePassphrase(reference: string, folder: string): Promise<Uint8Array> {
  const separator = reference.indexOf(':')
  const target = reference.slice(separator + 1)
  switch (reference.slice(0, separator)) {
    case 'env':
      return fromEnvironment(target)
    case 'file':
      return readPassphraseFile(resolve(folder, target))
    case 'cmd':
      return fromCommand(target, folder)
    default:
      throw missing(`"${reference}" is not env:NAME, file:PATH or cmd:COMMAND`)
  }
}

/**
 * Reads a passphrase from the first line of a file that only its owner can read.
 *
 * @throws StratusError `PASSPHRASE_MISSING`
 */
function readPassphraseFile(path: string): Uint8Array {
  let text: Buffer
  try {
    const { mode } = statSync(path)
    if ((mode & 0o077) !== 0) {
      throw missing(`${path} can be read by others: run chmod 600 ${path}`)
    }
    text = readFileSync(path)
  } catch (cause) {
    if (cause instanceof StratusError) throw cause
    const message = cause instanceof Error ? cause.message : String(cause)
    throw missing(`cannot read the passphrase file: ${message}`)
  }
  return firstLine(text, path)
}

function fromEnvironment(name: string): Uint8Array {
  const value = process.env[name]
  if (value === undefined || value === '') {
    throw missing(`the environment variable ${name} is not set`)
  }
  return new TextEncoder().encode(value)
}

async function fromCommand(command: string, folder: string): Promise<Uint8Array> {
  try {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], {
      cwd: folder,
      encoding: 'buffer',
    })
    return firstLine(stdout, command)
  } catch (cause) {
    if (cause instanceof StratusError) throw cause
    throw missing(`the command "${command}" failed`)
  }
}

function firstLine(bytes: Buffer, origin: string): Uint8Array {
  const end = bytes.indexOf(0x0a)
  const line = end === -1 ? bytes : bytes.subarray(0, end)
  const text = line.at(-1) === 0x0d ? line.subarray(0, -1) : line
  if (text.length === 0) throw missing(`${origin} gave an empty passphrase`)
  return new Uint8Array(text)
}

function missing(message: string): StratusError {
  return new StratusError('PASSPHRASE_MISSING', message)
}
