import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isInside, StateDirectory } from '../../../src/host/state-directory.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stratus-state-'))
})

afterEach(() => {
  rmSync(root, { recursive: true })
})

const fsId = new Uint8Array(16).fill(0xab)
const holder = { pid: 123, mountPoint: '/mnt/a' }
const free = () => true
const taken = () => false

describe('StateDirectory', () => {
  it('is named after the file system and says who uses it', () => {
    using state = new StateDirectory(root, fsId, holder, free)
    expect(state.path).toBe(join(root, 'ab'.repeat(16)))
    expect(JSON.parse(readFileSync(join(state.path, 'lock'), 'utf8'))).toEqual(holder)
  })

  it('names the holder when it is in use', () => {
    using _state = new StateDirectory(root, fsId, holder, free)
    expect(() => new StateDirectory(root, fsId, { pid: 9, mountPoint: '/b' }, taken)).toThrow(
      expect.objectContaining({
        code: 'FILE_SYSTEM_MOUNTED',
        message: expect.stringMatching(/\/mnt\/a.*123/),
      }),
    )
  })

  it('reports a root that cannot be used', () => {
    writeFileSync(join(root, 'file'), '')
    expect(() => new StateDirectory(join(root, 'file'), fsId, holder, free)).toThrow(
      expect.objectContaining({ code: 'CACHE_DIRECTORY_UNUSABLE' }),
    )
  })
})

it('tells whether a path lies in a folder', () => {
  expect(isInside('/mnt/a/b', '/mnt/a')).toBe(true)
  expect(isInside('/mnt/a', '/mnt/a')).toBe(true)
  expect(isInside('/mnt/ab', '/mnt/a')).toBe(false)
  expect(isInside('/', '/mnt')).toBe(false)
})
