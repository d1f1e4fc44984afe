// Runs dependency-cruiser over the sources and the example packages. It counts the modules as well:
// with a `typescript` package it cannot use, the tool skips every .ts file and reports success.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = ['src', 'plugins'].filter((name) => existsSync(`${root}/${name}`))

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
const sources = modules.filter(({ source }) => /^(src|plugins)\/.*\.ts$/.test(source))

for (const { rule, from, to } of summary.violations) {
  process.stderr.write(`${rule.name}: ${from} -> ${to}\n`)
}
if (sources.length === 0) {
  process.stderr.write('dependency-cruiser saw no modules\n')
  process.exitCode = 1
} else if (summary.error > 0) {
  process.exitCode = 1
} else {
  process.stdout.write(`layers hold across ${sources.length} modules\n`)
}
