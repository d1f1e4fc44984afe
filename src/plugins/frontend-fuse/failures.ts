import { type Errno, errnoNumbers, PosixError, StratusError } from '../../core/errors.ts'
import type { Logger } from '../../core/services.ts'

/** What programs see of failures that have a better name than `EIO`. */
const errnoOfFailure: Partial<Record<StratusError['code'], Errno>> = {
  LOCAL_DISK_FULL: 'ENOSPC',
  FENCED: 'EROFS',
}

/** Turns what an operation threw into an error number, and logs it unless it is a POSIX answer. */
export class Failures {
  constructor(private readonly logger: Logger) {}

  /**
   * @param error - what was thrown
   * @param opcode - what the kernel asked for
   */
  errnoOf(error: unknown, opcode: number): number {
    if (error instanceof PosixError) return errnoNumbers[error.errno]
    const code = error instanceof StratusError ? error.code : undefined
    const errno = (code && errnoOfFailure[code]) ?? 'EIO'
    this.logger.error({ err: error, opcode, errno }, 'operation failed')
    return errnoNumbers[errno]
  }
}
