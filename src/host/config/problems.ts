import type { z } from 'zod'
import { StratusError } from '../../core/index.ts'

/**
 * Turns everything a schema complains about into one failure, a line for each problem.
 *
 * @param origin - where the values come from, such as the path of the file
 * @param nameOf - how the user knows the value at a path; by default the path itself
 */
export function configProblems(
  origin: string,
  issues: readonly z.core.$ZodIssue[],
  nameOf: (path: string) => string = (path) => path,
): StratusError {
  const lines = issues
    .flatMap((issue) => flatten(issue, []))
    .map(({ path, message }) => {
      const key = path.map(String).join('.')
      return key === '' ? message : `${nameOf(key)}: ${message}`
    })
  const unique = [...new Set(lines)]
  const text = unique.length === 1 ? unique[0] : unique.map((line) => `\n  ${line}`).join('')
  return new StratusError('CONFIG_INVALID', `${origin}: ${text}`, {
    details: { origin, problems: unique.length },
  })
}

interface Problem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** Of a union the one branch that got furthest is worth telling: it says what is wrong inside. */
function flatten(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[]): Problem[] {
  const path = [...prefix, ...issue.path]
  if (issue.code === 'invalid_union') {
    const inside = issue.errors.find((branch) => branch.some((inner) => inner.path.length > 0))
    if (inside !== undefined) return inside.flatMap((inner) => flatten(inner, path))
    const unknownKey = issue.errors.flat().find((inner) => inner.code === 'unrecognized_keys')
    if (unknownKey !== undefined) return flatten(unknownKey, path)
  }
  return [{ path, message: issue.message }]
}
