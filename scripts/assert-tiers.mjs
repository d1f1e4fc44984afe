// Reads what the tiers recorded and fails if one of them did not run, skipped a test or failed.
// `--failed-gate <name>`, any number of times, adds a gate that failed earlier. Everything that is
// wrong counts as one failure, so the sum in the last line agrees with the exit status.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { reportPath, statusPath, tiers } from './tiers.mjs'

const { values } = parseArgs({
  options: { 'failed-gate': { type: 'string', multiple: true, default: [] } },
})
const problems = values['failed-gate'].map((gate) => `gate ${gate} failed`)
let passed = 0

for (const tier of tiers) {
  const record = readRecord(tier)
  if (record === undefined) {
    problems.push(`${tier}: did not run to its end`)
    continue
  }
  const { tests, brokenFiles, status } = record
  const notPassed = tests.filter((test) => test.status !== 'passed')
  const wrong = [
    ...notPassed.map((test) => `${test.status}: ${test.fullName}`),
    ...brokenFiles.map((file) => `${file} failed outside its tests`),
  ]
  if (tests.length === 0) wrong.push('ran no test')
  if (status !== '0' && wrong.length === 0) {
    // An error nobody awaited, for example.
    wrong.push(`vitest ended with status ${status} although every test passed`)
  }
  problems.push(...wrong.map((text) => `${tier}: ${text}`))
  passed += tests.length - notPassed.length
  process.stdout.write(`${tier}: ${tests.length - notPassed.length} of ${tests.length} passed\n`)
}

for (const problem of problems) process.stdout.write(`${problem}\n`)
process.stdout.write(`${passed} passed, ${problems.length} failed\n`)
process.exitCode = problems.length === 0 ? 0 : 1

/** What a tier left behind, or `undefined` if its run never came to an end. */
function readRecord(tier) {
  try {
    const status = readFileSync(statusPath(tier), 'utf8').trim()
    const { testResults } = JSON.parse(readFileSync(reportPath(tier), 'utf8'))
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
    const brokenFiles = testResults
      .filter(
        ({ status, assertionResults }) =>
          status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
      )
      .map(({ name }) => name)
    return { tests, brokenFiles, status }
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
