// Runs dependency-cruiser over the sources and the example packages. It counts the modules as well:
// with a `typescript` package it cannot use, the tool skips every .ts file and reports success.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['src', 'plugins']

const { stdout } = await promisify(execFile)(
  process.execPath,
  [
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    ...folders,
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
  ],
  { cwd: root, maxBuffer: 256 * 1024 * 1024 },
).catch((error) => {
  // The exit status is the number of violations; the report on stdout is complete all the same.
  if (typeof error.stdout === 'string' && error.stdout.startsWith('{')) return error
  throw error
})

const { modules, summary } = JSON.parse(stdout)
const sources = modules.filter(({ source }) => /^(src|plugins)\/.*\.(ts|js)$/.test(source))

for (const { rule, from, to } of summary.violations) {
  process.stderr.write(`${rule.name}: ${from} -> ${to}\n`)
}
const unseen = folders.filter(
  (name) => !sources.some(({ source }) => source.startsWith(`${name}/`)),
)
if (unseen.length > 0) {
  process.stderr.write(`dependency-cruiser saw no modules in ${unseen.join(', ')}\n`)
  process.exitCode = 1
} else if (summary.error > 0) {
  process.exitCode = 1
} else {
  process.stdout.write(`layers hold across ${sources.length} modules\n`)
}
