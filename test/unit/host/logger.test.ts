import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { StratusError } from '../../../src/core/index.ts'
import { DeferredLogger } from '../../../src/host/deferred-logger.ts'
import { componentLogger, openLogger } from '../../../src/host/logger.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stratus-log-'))
  file = join(folder, 'deep', 'mount.log')
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

const lines = () =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

it('writes JSON lines that name the component', async () => {
  {
    await using logger = openLogger('info', file)
    componentLogger(logger, 'cache').info({ bytes: 5 }, 'evicted')
    logger.debug({}, 'not asked for')
  }
  expect(lines()).toMatchObject([{ level: 'info', component: 'cache', bytes: 5, msg: 'evicted' }])
})

it('keeps secrets and names of files out', async () => {
  {
    await using logger = openLogger('info', file)
    logger.info({ passphrase: 'a', inner: { masterKey: 'b' }, name: 'diary.txt' }, 'x')
  }
  expect(readFileSync(file, 'utf8')).not.toMatch(/"a"|"b"|diary/)
})

it('shows an error with code, details and causes', async () => {
  {
    await using logger = openLogger('info', file)
    const cause = new Error('socket closed')
    const err = new StratusError('BACKEND_UNAVAILABLE', 'no answer', { cause, details: { n: 1 } })
    logger.warn({ err }, 'retrying')
  }
  expect(lines()[0]?.['err']).toMatchObject({
    message: 'no answer',
    code: 'BACKEND_UNAVAILABLE',
    details: { n: 1 },
    cause: { message: 'socket closed' },
  })
})

it('keeps lines until it is known where they go', async () => {
  {
    await using logger = new DeferredLogger()
    logger.info({ n: 1 }, 'early')
    logger.open(openLogger('info', file))
    logger.info({ n: 2 }, 'late')
  }
  expect(lines().map(({ msg }) => msg)).toEqual(['early', 'late'])
})
