import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Conditions of an `exports` map that fit an `import` in Node, in no order of ours: the map's counts. */
const conditions = ['node', 'import', 'module-sync', 'default']

/**
 * Returns the file that `import name` means in `folder`, or `undefined` when no such package is
 * installed there or above.
 *
 * `import.meta.resolve` starts from the calling module, and `require.resolve` refuses packages that
 * can only be imported.
 */
export function findPackageEntry(name: string, folder: string): string | undefined {
  const home = join(folder, 'node_modules', name)
  const manifestPath = join(home, 'package.json')
  if (existsSync(manifestPath)) {
    const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as PackageManifest
    return join(home, entryOf(manifest.exports) ?? manifest.main ?? 'index.js')
  }
  const parent = dirname(folder)
  return parent === folder ? undefined : findPackageEntry(name, parent)
}

interface PackageManifest {
  readonly main?: string
  readonly exports?: unknown
}

function entryOf(exported: unknown): string | undefined {
  if (typeof exported === 'string') return exported
  if (Array.isArray(exported)) return exported.map(entryOf).find((entry) => entry !== undefined)
  if (typeof exported !== 'object' || exported === null) return undefined
  const map = exported as Readonly<Record<string, unknown>>
  if ('.' in map) return entryOf(map['.'])
  for (const [condition, target] of Object.entries(map)) {
    const entry = conditions.includes(condition) ? entryOf(target) : undefined
    if (entry !== undefined) return entry
  }
  return undefined
}
