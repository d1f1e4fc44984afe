import type { SingleBar } from 'cli-progress'
import type { Progress } from '../host/mount-request.ts'
import { formatBytes } from '../host/quantities.ts'
import type { Output } from './output.ts'

/** What takes less than this is not worth a word, ms. */
const PATIENCE_MS = 2000

/** How often a line is written where there is no terminal, ms. */
const LINE_INTERVAL_MS = 5000

/**
 * Shows how something long goes on: a bar on a terminal, a line every few seconds otherwise, JSON lines
 * with `--json`. Nothing at all in the first two seconds.
 */
export class ProgressDisplay implements Disposable {
  readonly #output: Output
  readonly #startMs = performance.now()
  #phaseStartMs = this.#startMs
  #phase = ''
  #shownMs = 0
  #bar: SingleBar | undefined
  #barLoading = false
  #closed = false

  constructor(output: Output) {
    this.#output = output
  }

  /** Takes the newest state. Cheap: call it as often as there is news. */
  update(step: Progress): void {
    const now = performance.now()
    if (step.phase !== this.#phase) {
      this.#phase = step.phase
      this.#phaseStartMs = now
      this.#removeBar()
    }
    if (!this.#output.wantsProgress || now - this.#startMs < PATIENCE_MS) return
    if (this.#output.json) this.#line(now, () => this.#output.jsonLine({ progress: step }))
    else if (process.stderr.isTTY) this.#draw(step, now)
    else this.#line(now, () => this.#output.notice(this.#describe(step, now)))
  }

  [Symbol.dispose](): void {
    this.#closed = true
    this.#removeBar()
  }

  #line(now: number, write: () => void): void {
    if (this.#shownMs !== 0 && now - this.#shownMs < LINE_INTERVAL_MS) return
    this.#shownMs = now
    write()
  }

  #describe({ phase, done, total, unit }: Progress, now: number): string {
    const share = total > 0 ? ` of ${amount(total, unit)}` : ''
    const seconds = (now - this.#phaseStartMs) / 1000
    const rate = seconds > 0.5 && done > 0 ? `, ${amount(done / seconds, unit)}/s` : ''
    return `${phase}: ${amount(done, unit)}${share}${rate}`
  }

  #draw(step: Progress, now: number): void {
    const text = this.#describe(step, now)
    if (this.#bar !== undefined) {
      this.#bar.setTotal(Math.max(step.total, 1))
      this.#bar.update(Math.min(step.done, step.total), { text })
    } else if (!this.#barLoading) {
      this.#barLoading = true
      void this.#createBar(step, text)
    }
  }

  async #createBar(step: Progress, text: string): Promise<void> {
    const { SingleBar } = await import('cli-progress')
    this.#barLoading = false
    if (this.#closed || this.#phase !== step.phase) return
    this.#bar = new SingleBar({
      format: '[{bar}] {percentage} %  {text}',
      barsize: 30,
      clearOnComplete: true,
      stream: process.stderr,
    })
    this.#bar.start(Math.max(step.total, 1), Math.min(step.done, step.total), { text })
    this.#output.onLine(() => this.#removeBar())
  }

  #removeBar(): void {
    this.#bar?.stop()
    this.#bar = undefined
    this.#output.onLine(undefined)
  }
}

function amount(value: number, unit: string): string {
  return unit === 'bytes' ? formatBytes(value) : `${Math.round(value)} ${unit}`
}
