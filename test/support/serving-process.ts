import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const script = fileURLToPath(new URL('serve-memory.ts', import.meta.url))

/** A process that serves a file system in memory. It is killed when the test ends. */
export class ServingProcess {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly lines: AsyncIterator<string>
  private readonly ended: Promise<unknown[]>

  /**
   * @param args - arguments of `serve-memory.ts`
   * @param prefix - command to run it with, such as `setpriv`
   */
  constructor(args: readonly string[], prefix: readonly string[] = []) {
    const command = [...prefix, process.execPath, '--import', 'tsx', script, ...args]
    this.child = spawn(command[0] as string, command.slice(1), { stdio: 'pipe' })
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
    this.ended = once(this.child, 'exit')
    this.child.stderr.resume()
    onTestFinished(() => this.kill())
  }

  /** Returns the next line that the process prints. */
  async line(): Promise<string> {
    return (await this.lines.next()).value ?? '(end)'
  }

  /** Gives the process an order. */
  tell(order: 'detach' | 'exit'): void {
    this.child.stdin.write(`${order}\n`)
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }

  /** Resolves with exit status and signal. */
  async exit(): Promise<unknown[]> {
    return this.ended
  }
}
