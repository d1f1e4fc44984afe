import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { checkRules } from '../../../src/engine/maintenance/fsck.ts'

it('fsck.md lists the rules and sentences of the source, in the same order', () => {
  const page = new URL('../../../docs/reference/fsck.md', import.meta.url)
  const rows = [...readFileSync(page, 'utf8').matchAll(/^\| `([\w-]+)` \| (.+) \|$/gm)]
  expect(rows.map(([, id, sentence]) => ({ id, sentence }))).toEqual(checkRules)
})
