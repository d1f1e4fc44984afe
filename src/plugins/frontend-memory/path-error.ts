/** What a call answers when it fails, in the form of Node's own file-system errors. */
export class PathError extends Error {
  override readonly name = 'PathError'
  /** Name of the errno, such as `ENOENT`. */
  readonly code: string
  /** Which call failed. */
  readonly syscall: string
  /** What it was called with, as text. */
  readonly path: string

  constructor(code: string, syscall: string, path: string, options?: ErrorOptions) {
    super(`${code}: ${syscall} '${path}'`, options)
    this.code = code
    this.syscall = syscall
    this.path = path
  }
}
