import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Makes the entries of a folder survive loss of power. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
