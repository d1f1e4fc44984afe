import { type FrontendSubject, RecordingLogger } from '../../src/conformance/index.ts'
import { MemoryFrontend } from '../../src/plugins/frontend-memory/memory-frontend.ts'

/** A memory frontend, or a mutant of it, whose calls are the programs. */
export class MemoryFrontendSubject implements FrontendSubject, AsyncDisposable {
  readonly #logger = new RecordingLogger()
  readonly frontend: MemoryFrontend
  readonly request = {
    mountPoint: '/',
    source: 'test',
    type: 'stratus',
    readOnly: false,
    allowOther: false,
  }

  constructor(Subject: typeof MemoryFrontend = MemoryFrontend) {
    this.frontend = new Subject({ logger: this.#logger })
  }

  get programs(): MemoryFrontend {
    return this.frontend
  }

  errorsLogged(): number {
    return this.#logger.lines.filter((line) => line.level === 'error').length
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.frontend[Symbol.asyncDispose]()
  }
}
