import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { commands } from '../../../src/cli/commands.ts'
import { exitStatus } from '../../../src/cli/exit-status.ts'
import { Output } from '../../../src/cli/output.ts'
import { errorKinds } from '../../../src/core/index.ts'
import { environmentVariables } from '../../../src/host/config/environment.ts'
import { configSchema } from '../../../src/host/config/schema.ts'

const page = (name: string) =>
  readFileSync(new URL(`../../../docs/reference/${name}.md`, import.meta.url), 'utf8')

const rows = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map((row) => row.slice(1))

it('errors.md lists the codes and kinds of the source, in the same order', () => {
  expect(rows(page('errors'), /^\| `(\w+)` \| (\w+) \|/gm)).toEqual(Object.entries(errorKinds))
})

it('exit-status.md lists the numbers of the source', () => {
  const listed = rows(page('exit-status'), /^\| `(\w+)` \| (\d+) \|$/gm)
  expect(listed).toEqual(Object.entries(exitStatus).map(([code, status]) => [code, String(status)]))
})

it('configuration.md lists every environment variable and every key', () => {
  const text = page('configuration')
  expect(rows(text, /^\| `(STRATUS_\w+)` \|/gm).flat()).toEqual([...environmentVariables])
  const keys = rows(text, /^\| `([a-z]\w*)(?:\.\w+)?` \|/gm).flat()
  expect(keys).toEqual(expect.arrayContaining(Object.keys(configSchema.shape)))
})

describe('cli.md', () => {
  it.each(Object.keys(commands))('lists every option of %s', async (name) => {
    const section = page('cli')
      .split(/^## /m)
      .find((part) => part.startsWith(`stratus ${name}`))
    const module = await commands[name]?.load()
    const title = `stratus ${name}`
    const command = module?.build({
      title,
      output: new Output(title, []),
      finish: () => undefined,
    })
    const options = command?.options.map(({ long, short }) => long ?? short) ?? []
    const shared = ['--version', '--config', '--log-level', '--quiet', '--json']
    const own = options.filter((option) => !shared.includes(option ?? ''))
    for (const option of own) expect(section).toContain(`\`${option}`)
  })
})
