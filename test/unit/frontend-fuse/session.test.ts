import { describe, expect, it } from 'vitest'
import { ReferenceOperations } from '../../../src/conformance/index.ts'
import { Opcode } from '../../../src/plugins/frontend-fuse/protocol.ts'
import { negotiate } from '../../../src/plugins/frontend-fuse/session.ts'
import { body, FuseWire } from '../../support/fuse-wire.ts'

const limits = { maxBackground: 64, readAheadBytes: 1 << 20 }
const EVERYTHING = 0x7fffffff

function init(major: number, minor: number, flags: number) {
  const reply = new Uint32Array(16).fill(99)
  const outcome = negotiate(new Uint32Array([major, minor, 131_072, flags]), reply, limits)
  return { outcome, reply: [...reply] }
}

describe('INIT', () => {
  it('asks a present kernel for what FUSE can do', () => {
    const { outcome, reply } = init(7, 45, EVERYTHING)
    const flags = 0x51c7e031
    expect(outcome).toEqual({
      kind: 'agreed',
      session: { minor: 41, flags, writeBytesMax: 1 << 20 },
    })
    const background = 64 | (48 << 16)
    expect(reply.slice(0, 8)).toEqual([7, 41, 131_072, flags, background, 1 << 20, 1, 256])
    expect(reply.slice(8)).toEqual(Array(8).fill(0))
  })

  it('never asks for what would change the meaning of requests', () => {
    const { outcome } = init(7, 45, EVERYTHING)
    const flags = outcome.kind === 'agreed' ? outcome.session.flags : 0
    const ATOMIC_O_TRUNC = 1 << 3
    const DONT_MASK = 1 << 6
    const POSIX_LOCKS = 1 << 1
    const FLOCK_LOCKS = 1 << 10
    const POSIX_ACL = 1 << 20
    const SETXATTR_EXT = 1 << 29
    const unwanted =
      ATOMIC_O_TRUNC | DONT_MASK | POSIX_LOCKS | FLOCK_LOCKS | POSIX_ACL | SETXATTR_EXT
    expect(flags & unwanted).toBe(0)
  })

  it('makes do with what an older kernel offers', () => {
    expect(init(7, 26, 0b10001).outcome).toEqual({
      kind: 'agreed',
      session: { minor: 26, flags: 0b10001, writeBytesMax: 131_072 },
    })
  })

  it('refuses a kernel that is too old, and lets a newer one ask again', () => {
    expect(init(7, 22, EVERYTHING).outcome).toEqual({ kind: 'refused', version: '7.22' })
    expect(init(6, 99, EVERYTHING).outcome).toEqual({ kind: 'refused', version: '6.99' })
    const newer = init(8, 0, EVERYTHING)
    expect(newer.outcome).toEqual({ kind: 'again' })
    expect(newer.reply.slice(0, 2)).toEqual([7, 41])
  })

  it('is answered in 64 bytes', () => {
    const wire = new FuseWire(new ReferenceOperations())
    expect(wire.ask(Opcode.INIT, 0, body(7, 36, 131_072, EVERYTHING)).payload).toHaveLength(64)
    expect(wire.negotiations).toMatchObject([{ kind: 'agreed' }])
  })
})
