import { readSync } from 'node:fs'
import { StratusError } from '../core/index.ts'

/** Asks the person, or the program, at standard input for secrets. */
export interface PassphrasePrompt {
  /**
   * @param question - what to ask, without colon
   * @param confirm - ask twice on a terminal, because a slip would lock the data away
   * @throws StratusError `PASSPHRASE_MISSING`
   */
  ask(question: string, confirm: boolean): Promise<Uint8Array>
}

/** Returns a prompt on standard input: without echo on a terminal, a line for each question otherwise. */
export function standardInputPrompt(): PassphrasePrompt {
  return process.stdin.isTTY ? terminalPrompt : linePrompt
}

const terminalPrompt: PassphrasePrompt = {
  async ask(question, confirm) {
    const first = await askOnTerminal(`${question}: `)
    if (first.length === 0) throw missing('the passphrase is empty')
    if (confirm) {
      const second = await askOnTerminal(`${question} again: `)
      if (Buffer.compare(first, second) !== 0) throw missing('the two passphrases differ')
    }
    return first
  },
}

/** Reads byte by byte, so that whatever follows the line stays for others. */
const linePrompt: PassphrasePrompt = {
  async ask() {
    const line: number[] = []
    const byte = Buffer.alloc(1)
    while (readByte(byte) === 1 && byte[0] !== 0x0a) line.push(byte[0] as number)
    if (line.at(-1) === 0x0d) line.pop()
    if (line.length === 0) {
      throw missing(
        'no passphrase on standard input: give it in one line, or use --passphrase-file',
      )
    }
    return Uint8Array.from(line)
  },
}

function readByte(target: Buffer): number {
  for (;;) {
    try {
      return readSync(0, target)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'EOF') return 0
      if (code !== 'EAGAIN') throw missing('standard input cannot be read')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
}

/** Control characters of a terminal in raw mode. */
const enter = [0x0a, 0x0d]
const backspace = [0x08, 0x7f]
const endOfInput = 0x04
const interrupt = 0x03
const eraseLine = 0x15

function askOnTerminal(question: string): Promise<Uint8Array> {
  const { stdin, stderr } = process
  const typed: number[] = []
  // In this order: what is typed at once must not be echoed either.
  stdin.setRawMode(true)
  stdin.resume()
  stderr.write(question)
  return new Promise((resolve, reject) => {
    const finish = (outcome: () => void) => {
      stdin.off('data', take)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
      outcome()
    }
    const take = (chunk: Buffer) => {
      for (const byte of chunk) {
        if (enter.includes(byte) || byte === endOfInput) {
          finish(() => resolve(Uint8Array.from(typed)))
          return
        }
        if (byte === interrupt) {
          finish(() => reject(missing('interrupted')))
          return
        }
        if (byte === eraseLine) typed.length = 0
        else if (backspace.includes(byte)) eraseCharacter(typed)
        else typed.push(byte)
      }
    }
    stdin.on('data', take)
  })
}

/** Removes the last UTF-8 sequence. */
function eraseCharacter(typed: number[]): void {
  let last = typed.pop()
  while (last !== undefined && (last & 0xc0) === 0x80) last = typed.pop()
}

function missing(message: string): StratusError {
  return new StratusError('PASSPHRASE_MISSING', message)
}
