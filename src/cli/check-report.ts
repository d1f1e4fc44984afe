import type { checkStore } from '../host/check-store.ts'
import { formatBytes } from '../host/quantities.ts'

/** What a check found. */
export type CheckReport = Awaited<ReturnType<typeof checkStore>>

/** The report of a check for people: a line for each finding, and a line that sums up. */
export function checkReport({ findings, errors, sequence, totals, objects }: CheckReport): string {
  const lines = findings.map(({ id, severity, message, details }) => {
    const facts = Object.entries(details).map(([key, value]) => `${key} ${value}`)
    return `${severity} [${id}] ${message}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`
  })
  const size =
    totals === undefined
      ? ''
      : `, ${totals.inodes} inodes, ${totals.dentries} names, ${formatBytes(totals.fileBytes)}`
  const verdict = errors === 0 ? 'no errors' : `${errors} ${errors === 1 ? 'error' : 'errors'}`
  return [...lines, `commit ${sequence}${size}, ${objects} objects: ${verdict}`].join('\n')
}
