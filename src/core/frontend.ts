import type { Operations } from './operations.ts'
import { type Token, token } from './token.ts'

/** What to attach, and how it should look to the operating system. */
export interface AttachRequest {
  /** Absolute path of an existing directory, resolved; ignored by frontends without a kernel. */
  readonly mountPoint: string
  /** First column of `df` and `mount`: what is mounted. */
  readonly source: string
  /** File-system type behind `fuse.`, such as `stratus`. */
  readonly type: string
  readonly readOnly: boolean
  /** Users other than the mounting one may enter. */
  readonly allowOther: boolean
}

/**
 * Exposes an engine to programs.
 *
 * A frontend translates numbers and structures and holds no state of the file system.
 *
 * - **Serving.** When `attach` resolves, programs can use the mount point. [FE-01]
 * - **Truthful.** Each {@link PosixError} reaches the program as its errno; any other error as `EIO`, logged
 *   once. [FE-02]
 * - **Acknowledged.** Success of a change is reported after `Operations.settle`. [FE-03]
 * - **Balanced.** Every reference it was given is returned through `forget`, at the latest when it
 *   detaches. [FE-04]
 */
export interface Frontend extends AsyncDisposable {
  /**
   * Attaches the file system.
   *
   * @throws StratusError `MOUNT_POINT_INVALID`, `MOUNT_POINT_BUSY`, `FUSE_UNAVAILABLE`
   */
  attach(operations: Operations, request: AttachRequest): Promise<void>

  /**
   * Resolves once the mount point is detached, by `detach` or from outside, and no more requests will
   * come. Never rejects.
   */
  readonly detached: Promise<void>

  /**
   * Detaches. Requests under way are answered first.
   *
   * @throws StratusError `MOUNT_POINT_BUSY` when programs still use it; it stays attached then
   */
  detach(): Promise<void>
}

/** Token of the contract {@link Frontend}. */
export const Frontend: Token<Frontend> = token('Frontend')
