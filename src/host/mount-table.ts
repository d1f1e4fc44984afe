import { readFileSync } from 'node:fs'

/** A line of /proc/self/mountinfo, as far as it matters here. */
export interface MountEntry {
  readonly mountPoint: string
  /** Such as `fuse.stratus`. */
  readonly type: string
  readonly source: string
  /** Minor number of the device: of FUSE mounts the number of the kernel's connection. */
  readonly deviceMinor: number
}

/** File-system type of our mounts. */
export const MOUNT_TYPE = 'fuse.stratus'

/** Everything that is mounted, in order: the later one lies over the earlier one. */
function readMountTable(): MountEntry[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return lines.filter((line) => line !== '').map(parseLine)
}

/** Returns what is mounted on top at exactly `mountPoint`. */
export function findMount(mountPoint: string): MountEntry | undefined {
  return readMountTable().findLast((entry) => entry.mountPoint === mountPoint)
}

function parseLine(line: string): MountEntry {
  const [front = '', back = ''] = line.split(' - ')
  const [, , device = '', , mountPoint = ''] = front.split(' ')
  const [type = '', source = ''] = back.split(' ')
  return {
    mountPoint: decodeEscapes(mountPoint),
    type,
    source: decodeEscapes(source),
    deviceMinor: Number(device.split(':')[1]),
  }
}

/** The kernel writes space, tab, newline and backslash as octal. */
function decodeEscapes(text: string): string {
  if (!text.includes('\\')) return text
  const bytes = Buffer.from(text, 'utf8').toString('latin1')
  const plain = bytes.replace(/\\([0-7]{3})/g, (_, octal) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
  return Buffer.from(plain, 'latin1').toString('utf8')
}
