// Runs the tiers named on the command line one after the other and records each for assert-tiers.
// Arguments from the first dash on go to vitest: `npm test -- -t rename`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { recordFolder, reportPath, root, statusPath, tiers } from './tiers.mjs'

const args = process.argv.slice(2)
const firstOption = args.findIndex((arg) => arg.startsWith('-'))
const wanted = firstOption === -1 ? args : args.slice(0, firstOption)
const options = firstOption === -1 ? [] : args.slice(firstOption)

for (const tier of wanted) {
  if (!tiers.includes(tier))
    throw new Error(`no tier called ${tier}; there are ${tiers.join(', ')}`)
}

mkdirSync(recordFolder, { recursive: true })
for (const tier of wanted) {
  rmSync(reportPath(tier), { force: true })
  rmSync(statusPath(tier), { force: true })
}
for (const tier of wanted) {
  process.stdout.write(`\n# tier ${tier}\n`)
  const { status } = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      tier,
      '--passWithNoTests',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportPath(tier)}`,
      ...options,
    ],
    { cwd: root, stdio: 'inherit' },
  )
  writeFileSync(statusPath(tier), `${status ?? 'killed'}\n`)
  if (status !== 0) process.exitCode = 1
}
