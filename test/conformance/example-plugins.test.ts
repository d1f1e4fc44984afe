/**
 * Runs the test of each package in plugins/ the way its author does: `node --test`, no build of its own,
 * against the built `stratusfs`. The number of rules guards against a test that runs none.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { cachePolicyCases, compressorCases } from '../../src/conformance/index.ts'

const folder = fileURLToPath(new URL('../../plugins/', import.meta.url))

const rules: Readonly<Record<string, number>> = {
  'cache-sieve': cachePolicyCases.length,
  'compressor-brotli': compressorCases.length,
}

const packages = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

it.each(packages)('plugins/%s keeps the rules of its kit', (name) => {
  // A test runner that finds itself inside another reports to that one and prints nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--test', '--test-reporter=tap'],
    { cwd: `${folder}${name}`, env, encoding: 'utf8' },
  )
  expect(status, stdout + stderr).toBe(0)
  expect(stdout).toContain(`\n# pass ${rules[name]}\n`)
})
