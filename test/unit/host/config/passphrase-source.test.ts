import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { resolvePassphrase } from '../../../../src/host/config/passphrase-source.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stratus-passphrase-'))
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

async function read(reference: string): Promise<string> {
  return new TextDecoder().decode(await resolvePassphrase(reference, folder))
}

it('reads the first line of a file', async () => {
  writeFileSync(join(folder, 'secret'), 'correct horse\r\nbattery\n', { mode: 0o600 })
  expect(await read('file:secret')).toBe('correct horse')
})

it('refuses a file that others can read, and says what to do', async () => {
  writeFileSync(join(folder, 'secret'), 'x', { mode: 0o640 })
  await expect(read('file:secret')).rejects.toMatchObject({
    code: 'PASSPHRASE_MISSING',
    message: expect.stringContaining('chmod 600'),
  })
})

it('reads the environment', async () => {
  vi.stubEnv('SOME_SECRET', 'word')
  expect(await read('env:SOME_SECRET')).toBe('word')
})

it('runs a command', async () => {
  expect(await read('cmd:echo word; echo more')).toBe('word')
})

it.each(['env:NOT_SET_AT_ALL', 'file:none', 'cmd:exit 1', 'cmd:true', 'word'])(
  'reports %s',
  async (reference) => {
    await expect(read(reference)).rejects.toMatchObject({ code: 'PASSPHRASE_MISSING' })
  },
)
