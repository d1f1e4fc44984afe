import { StratusError } from '../../core/index.ts'
import type { Find } from './finding.ts'

/** Whether a failure says that something stored is damaged or missing, and not that it cannot be reached. */
export function isDamage(cause: unknown): cause is StratusError {
  if (!(cause instanceof StratusError)) return false
  return cause.kind === 'corrupt' || cause.kind === 'notFound' || cause.kind === 'unsupported'
}

/** Runs `step`; damage becomes a finding. */
export async function finding<T>(
  find: Find,
  message: string,
  details: Readonly<Record<string, string | number>>,
  step: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await step()
  } catch (cause) {
    if (!isDamage(cause)) throw cause
    find(message, { ...details, code: cause.code, reason: cause.message })
    return undefined
  }
}
