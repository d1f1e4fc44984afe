import { readFile } from 'node:fs/promises'

/** One line of `/proc/self/mountinfo`. */
export interface MountEntry {
  /** Device number of the file system, `major:minor`. Unique while anything keeps it alive. */
  readonly device: string
  readonly mountPoint: string
  /** File-system type, for example `fuse.stratus`. */
  readonly type: string
  readonly source: string
}

/**
 * Returns what is mounted in this mount namespace, in the order of mounting.
 *
 * Reads a file of the kernel: unlike stat(2) it never asks a file system, least of all our own.
 */
export async function readMountTable(path = '/proc/self/mountinfo'): Promise<MountEntry[]> {
  return parseMountTable(await readFile(path, 'utf8'))
}

/** Parses the text of `mountinfo`, as proc(5) describes it. */
export function parseMountTable(text: string): MountEntry[] {
  const entries: MountEntry[] = []
  for (const line of text.split('\n')) {
    const fields = line.split(' ')
    const separator = fields.indexOf('-')
    const [, , device, , mountPoint] = fields
    const type = fields[separator + 1]
    if (separator < 6 || device === undefined || mountPoint === undefined || type === undefined) {
      continue
    }
    const source = unescapeOctal(fields[separator + 2] ?? '')
    entries.push({
      device,
      mountPoint: unescapeOctal(mountPoint),
      type: unescapeOctal(type),
      source,
    })
  }
  return entries
}

/** Returns the entry that programs see at a path: what was mounted there last. */
export function topmostAt(
  table: readonly MountEntry[],
  mountPoint: string,
): MountEntry | undefined {
  return table.findLast((entry) => entry.mountPoint === mountPoint)
}

/** Blanks and backslashes are written as three octal digits. */
function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}
