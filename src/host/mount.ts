import type { AttachRequest, Frontend, Logger } from '../core/index.ts'
import { StratusError } from '../core/index.ts'
import type { BackendCounters } from '../engine/decorators/backend-counters.ts'
import type { FileSystem } from '../engine/file-system.ts'
import { withControl } from './control-operations.ts'
import { FlushRequests } from './flush-requests.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { MountStatus } from './live-mount.ts'
import {
  type MountRecord,
  type MountState,
  mountRecordPath,
  ownProcess,
  writeMountRecord,
} from './mount-record.ts'
import type { MountedReport } from './mount-request.ts'
import { viewBytes } from './view.ts'

/** How often a draining daemon says how far it is, ms. */
const RECORD_INTERVAL_MS = 250

/** File-system type behind `fuse.` that `mount` and `df -T` show. */
const TYPE = 'stratus'

/** What a mount is made of. */
export interface MountParts {
  readonly fileSystem: FileSystem
  readonly frontend: Frontend
  /** Requests of all threads. */
  readonly counters: BackendCounters
  /** Everything else, to be taken down at the end. */
  readonly lifecycle: Lifecycle
  readonly logger: Logger
  readonly mountPoint: string
  readonly source: string
  /** Hexadecimal. */
  readonly fsId: string
  readonly label: string
  readonly stateDirectory: string
  readonly logFile: string | undefined
}

/** A mounted file system, from attach to the end of its session. */
export class Mount {
  /**
   * Settles when the mount point is gone, everything is in the bucket and all is closed; rejects when
   * that did not succeed.
   */
  readonly finished: Promise<void>
  readonly #parts: MountParts
  readonly #flushes: FlushRequests
  readonly #sinceMs = Date.now()
  readonly #recordPath: string
  #finish: (outcome: Promise<void>) => void = () => undefined
  #attaching: Promise<void> | undefined

  constructor(parts: MountParts) {
    this.#parts = parts
    this.#recordPath = mountRecordPath(parts.mountPoint)
    this.#flushes = new FlushRequests(() => parts.fileSystem.flush())
    this.finished = new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  /** What whoever asked for the mount gets to know. */
  get report(): MountedReport {
    const { mountPoint, source, logFile } = this.#parts
    return { mountPoint, source, logFile, pid: process.pid }
  }

  /** Begins to serve the mount point. */
  attach(options: Pick<AttachRequest, 'readOnly' | 'allowOther'>): Promise<void> {
    this.#attaching = this.#attach(options)
    return this.#attaching
  }

  async #attach(options: Pick<AttachRequest, 'readOnly' | 'allowOther'>): Promise<void> {
    const { fileSystem, frontend, mountPoint, source, logger } = this.#parts
    const operations = withControl(fileSystem.operations, process.getuid?.() ?? 0, {
      queries: { status: () => this.#status() },
      commands: { flush: (id) => this.#flushes.start(id) },
    })
    await frontend.attach(operations, { mountPoint, source, type: TYPE, ...options })
    this.#record('mounted')
    logger.info({ mountPoint, source, pid: process.pid }, 'mounted')
    this.#finish(this.#serve())
  }

  /**
   * Takes the mount off its mount point, which ends it. While programs use it, it stays and only what
   * there is goes to the bucket.
   */
  async stop(): Promise<void> {
    const { fileSystem, frontend, logger, mountPoint } = this.#parts
    await this.#attaching
    try {
      await frontend.detach()
    } catch (error) {
      logger.error({ err: error, mountPoint }, 'the mount point is in use; the mount goes on')
      if (!(error instanceof StratusError) || error.code !== 'MOUNT_POINT_BUSY') throw error
      await fileSystem.flush()
    }
  }

  async #serve(): Promise<void> {
    const { fileSystem, frontend, lifecycle, logger } = this.#parts
    await frontend.detached
    logger.info({}, 'detached')
    const timer = setInterval(() => this.#record('draining'), RECORD_INTERVAL_MS)
    this.#record('draining')
    try {
      await fileSystem.close()
      logger.info({}, 'everything is in the bucket')
      await lifecycle[Symbol.asyncDispose]()
      this.#record('ended')
    } catch (error) {
      logger.error({ err: error }, 'the end of the mount failed')
      this.#record('failed', error)
      await lifecycle[Symbol.asyncDispose]().catch(() => undefined)
      throw error
    } finally {
      clearInterval(timer)
    }
  }

  #status(): MountStatus {
    const { mountPoint, source, label, fsId, stateDirectory, logFile, fileSystem } = this.#parts
    return {
      mountPoint,
      source,
      label,
      fsId,
      pid: process.pid,
      sinceMs: this.#sinceMs,
      stateDirectory,
      logFile,
      recordFile: this.#recordPath,
      flushes: this.#flushes.states,
      databaseBytes: viewBytes(stateDirectory),
      backend: this.#parts.counters.figures,
      ...fileSystem.status(),
    }
  }

  /** What is not in the bucket yet; nothing once the engine has closed. */
  #backlogBytes(): number {
    try {
      return this.#parts.fileSystem.status().backlogBytes
    } catch {
      return 0
    }
  }

  #record(state: MountState, error?: unknown): void {
    const { mountPoint, source, fsId, stateDirectory, logFile } = this.#parts
    const record: MountRecord = {
      mountPoint,
      source,
      fsId,
      ...ownProcess(),
      stateDirectory,
      logFile,
      sinceMs: this.#sinceMs,
      state,
      backlogBytes: this.#backlogBytes(),
      failure: error === undefined ? undefined : failureOf(error),
    }
    try {
      writeMountRecord(this.#recordPath, record)
    } catch (cause) {
      this.#parts.logger.warn({ err: cause }, 'cannot write the record of the mount')
    }
  }
}

function failureOf(error: unknown): MountRecord['failure'] {
  const code = error instanceof StratusError ? error.code : undefined
  return { code, message: error instanceof Error ? error.message : String(error) }
}
