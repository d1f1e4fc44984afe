import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { commands } from '../../../src/cli/commands.ts'
import { main } from '../../../src/cli/main.ts'

let stdout = ''
let stderr = ''

beforeEach(() => {
  stdout = ''
  stderr = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text)
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text)
    return true
  })
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe('main', () => {
  it('lists the commands', async () => {
    expect(await main(['--help'], 'stratus')).toBe(0)
    for (const name of Object.keys(commands)) expect(stdout).toContain(`  ${name} `)
  })

  it('prints the version', async () => {
    expect(await main(['--version'], 'stratus')).toBe(0)
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('without a command is a usage error', async () => {
    expect(await main([], 'stratus')).toBe(2)
    expect(stderr).toContain('Usage: stratus')
  })

  it('names the commands when one is unknown', async () => {
    expect(await main(['moutn'], 'stratus')).toBe(2)
    expect(stderr).toMatch(/no command "moutn": mkfs, mount, umount/)
  })

  it.each(Object.keys(commands))('%s explains itself with examples', async (name) => {
    expect(await main([name, '--help'], 'stratus')).toBe(0)
    expect(stdout).toContain(`Usage: stratus ${name}`)
    expect(stdout).toContain('Examples:')
  })

  it.each(['mkfs', 'mount', 'umount', 'fsck'])('%s.stratus is the command', async (name) => {
    expect(await main(['--help'], `/usr/sbin/${name}.stratus`)).toBe(0)
    expect(stdout).toContain(`Usage: ${name}.stratus`)
  })

  it('takes global options in front of the command', async () => {
    expect(await main(['--log-level', 'debug', 'mkfs', '--help'], 'stratus')).toBe(0)
    expect(stdout).toContain('Usage: stratus mkfs')
  })

  it('reports a wrong option in one line and how to go on', async () => {
    expect(await main(['mkfs', '--nope', 'local:///x'], 'stratus')).toBe(2)
    expect(stderr).toMatch(/^stratus mkfs: unknown option '--nope'\n/)
    expect(stderr).toContain('stratus mkfs --help')
  })
})

describe('failures', () => {
  it('are one line that says what to do, without a stack', async () => {
    expect(await main(['mkfs', '--plain', 'ftp://x/y'], 'stratus')).toBe(2)
    expect(stderr).toMatch(/^stratus mkfs: no backend for ftp:\/\/; there is local:\/\/.*\n$/)
  })

  it('come with a stack when debugging', async () => {
    const args = ['mkfs', '--plain', '--log-level', 'debug', 'ftp://x/y']
    expect(await main(args, 'stratus')).toBe(2)
    expect(stderr).toMatch(/\n {4}at /)
  })

  it('are JSON with --json', async () => {
    expect(await main(['mkfs', '--plain', '--json', 'ftp://x/y'], 'stratus')).toBe(2)
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'STORAGE_URL_INVALID', details: { url: 'ftp://x/y' } },
    })
  })

  it('of commands on a directory that is no mount say so', async () => {
    for (const name of ['umount', 'stat']) {
      stderr = ''
      expect(await main([name, '/proc'], 'stratus')).toBe(58)
      expect(stderr).toContain('/proc is proc, not Stratus')
    }
  })
})
