// Succeeds when node_modules holds what package-lock.json asks for and the native packages load in
// this Node, so that setting up a second time need not install again.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const read = (path) => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))

try {
  const installed = read('node_modules/.package-lock.json').packages
  for (const [path, { version, optional }] of Object.entries(read('package-lock.json').packages)) {
    if (path === '' || optional) continue
    if (installed[path]?.version !== version) throw new Error(`${path} is not as locked`)
  }
  const require = createRequire(import.meta.url)
  ;new (require('better-sqlite3'))(':memory:').close()
  require('zstd-napi').compress(Buffer.alloc(1))
} catch {
  process.exitCode = 1
}
