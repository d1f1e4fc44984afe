/**
 * Returns the location of a module beside another one, for a process or thread that is to run it: sources
 * run as `.ts`, the compiled program as `.js`.
 *
 * @param path - relative and without extension
 */
export function siblingModule(path: string, from: string): URL {
  return new URL(`${path}${from.endsWith('.ts') ? '.ts' : '.js'}`, from)
}
