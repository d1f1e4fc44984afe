import type { MountStatus } from '../host/live-mount.ts'
import { formatBytes } from '../host/quantities.ts'

/** The statistics of a mount for people. The labels are those of `s3qlstat`, which scripts look for. */
export function statusReport(status: MountStatus): string {
  const { totals, cache, commit, backend } = status
  const { fileBytes, plainBytes, storedBytes } = totals
  const hits = percent(cache.hits, cache.hits + cache.misses)
  const rows: readonly (readonly [string, string])[] = [
    ['File system', status.label === '' ? status.source : `${status.label} (${status.source})`],
    ['State', stateOf(status)],
    ['Directory entries', String(totals.dentries)],
    ['Inodes', String(totals.inodes)],
    ['Data objects', String(totals.packs)],
    ['Total data size', formatBytes(fileBytes)],
    [
      'After de-duplication',
      `${formatBytes(plainBytes)} (${percent(plainBytes, fileBytes)} of total)`,
    ],
    [
      'After compression',
      `${formatBytes(storedBytes)} (${percent(storedBytes, fileBytes)} of total, ` +
        `${percent(storedBytes, plainBytes)} of de-duplicated)`,
    ],
    ['Database size', `${formatBytes(status.databaseBytes)} (uncompressed)`],
    [
      'Cache size',
      `${formatBytes(cache.usedBytes)} of ${formatBytes(cache.capacityBytes)}, ` +
        `${cache.blocks} entries, ${hits} hits`,
    ],
    ['Cache size (dirty)', formatBytes(status.backlogBytes)],
    ['Requests to the store', requests(backend)],
    ['Sent / received', `${formatBytes(backend.put.bytes)} / ${formatBytes(backend.get.bytes)}`],
    ['Last commit', `${commit.sequence}${when(commit.committedMs)}`],
  ]
  const width = Math.max(...rows.map(([label]) => label.length)) + 2
  return rows.map(([label, value]) => `${`${label}:`.padEnd(width)}${value}`).join('\n')
}

function stateOf({ state, commit, backend }: MountStatus): string {
  if (state === 'fenced') return 'fenced: another mount took over; unmount and mount again'
  if (commit.trouble !== undefined)
    return `${state}, but the store makes trouble: ${commit.trouble}`
  if (backend.waiting > 0) {
    const why = backend.failure === undefined ? '' : ` (${backend.failure})`
    return `${state}, but the store does not answer: ${backend.waiting} requests wait${why}`
  }
  return commit.underWay ? `${state}, uploading` : state
}

function requests(backend: MountStatus['backend']): string {
  const { put, get, list } = backend
  return `${put.requests} put, ${get.requests} get, ${list.requests} list, ${backend.delete.requests} delete`
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${((100 * part) / whole).toFixed(2)} %`
}

function when(ms: number): string {
  return ms === 0 ? '' : ` at ${new Date(ms).toISOString()}`
}
