import { type Dirent, promises as fs } from 'node:fs'
import { join } from 'node:path'
import type { ObjectEntry } from '../../core/object-backend.ts'
import { isAbsent } from './file-error.ts'
import { isKeyPart } from './object-key.ts'

/** Files looked at together. Their order stays; only the waiting overlaps. */
const STAT_BATCH = 64

/**
 * Yields the objects under `root` whose key starts with `prefix`, in ascending byte order.
 *
 * Only folders that can hold such keys are read. Files that vanish during the walk are left out.
 */
export async function* listObjects(root: string, prefix: string): AsyncGenerator<ObjectEntry> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const parts = folder.split('/').slice(0, -1)
  if (parts.every(isKeyPart)) yield* walk(root, folder, prefix)
}

/** Yields the objects in the folder with the key prefix `folder`, which is empty or ends in a slash. */
async function* walk(root: string, folder: string, prefix: string): AsyncGenerator<ObjectEntry> {
  const names = await namesIn(join(root, folder))
  // A folder sorts with its slash, as its keys do: "a-b" comes before "a/b".
  const keys = names.map((name) => folder + name).filter((key) => overlaps(key, prefix))
  keys.sort((a, b) => (a < b ? -1 : 1))
  for (let start = 0; start < keys.length; start += STAT_BATCH) {
    const batch = keys.slice(start, start + STAT_BATCH)
    const entries = await Promise.all(batch.map((key) => entryOf(root, key)))
    for (const [n, key] of batch.entries()) {
      const entry = entries[n]
      if (key.endsWith('/')) yield* walk(root, key, prefix)
      else if (entry) yield entry
    }
  }
}

function overlaps(key: string, prefix: string): boolean {
  return key.startsWith(prefix) || (key.endsWith('/') && prefix.startsWith(key))
}

async function namesIn(path: string): Promise<string[]> {
  const entries = await unlessAbsent(fs.readdir(path, { withFileTypes: true }))
  return entries?.flatMap((entry) => nameOf(entry) ?? []) ?? []
}

function nameOf(entry: Dirent): string | undefined {
  if (!isKeyPart(entry.name)) return undefined
  if (entry.isDirectory()) return `${entry.name}/`
  return entry.isFile() ? entry.name : undefined
}

async function entryOf(root: string, key: string): Promise<ObjectEntry | undefined> {
  if (key.endsWith('/')) return undefined
  const stat = await unlessAbsent(fs.stat(join(root, key)))
  return stat && { key, sizeBytes: stat.size, modifiedMs: stat.mtimeMs }
}

async function unlessAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}
