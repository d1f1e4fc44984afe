import { describe, expect, it } from 'vitest'
import { alteredOperations, ReferenceOperations } from '../../../src/conformance/index.ts'
import { PosixError } from '../../../src/core/index.ts'
import { Opcode } from '../../../src/plugins/frontend-fuse/protocol.ts'
import { body, FuseWire } from '../../support/fuse-wire.ts'

interface Listed {
  readonly name: string
  readonly ino: number
  readonly offset: bigint
  readonly type: number
  readonly node: number | undefined
}

/** Takes a payload apart as the kernel does. */
function decode(payload: Buffer, withAttributes: boolean): Listed[] {
  const entries: Listed[] = []
  for (let at = 0; at < payload.length; ) {
    const node = withAttributes ? Number(payload.readBigUInt64LE(at)) : undefined
    at += withAttributes ? 128 : 0
    const length = payload.readUInt32LE(at + 16)
    entries.push({
      node,
      ino: Number(payload.readBigUInt64LE(at)),
      offset: payload.readBigUInt64LE(at + 8),
      type: payload.readUInt32LE(at + 20),
      name: payload.toString('latin1', at + 24, at + 24 + length),
    })
    const end = at + 24 + length
    at = (end + 7) & ~7
    expect(payload.subarray(end, at).every((byte) => byte === 0)).toBe(true)
  }
  return entries
}

function list(wire: FuseWire, withAttributes: boolean, size: number): Listed[] {
  const all: Listed[] = []
  const opcode = withAttributes ? Opcode.READDIRPLUS : Opcode.READDIR
  for (let offset = 0n; ; ) {
    const { payload, error } = wire.ask(opcode, 1, body(0n, offset, size, 0, 0n, 0, 0))
    expect(error).toBe(0)
    expect(payload.length).toBeLessThanOrEqual(size)
    const part = decode(payload, withAttributes)
    if (part.length === 0) return all
    all.push(...part)
    offset = part.at(-1)?.offset ?? 0n
  }
}

function populated(): ReferenceOperations {
  const operations = new ReferenceOperations()
  const caller = { uid: 0, gid: 0, pid: 0 }
  for (let n = 1; n <= 30; n++) operations.mknod(1, 'x'.repeat(n), 0o100644, 0, caller)
  operations.mkdir(1, 'dir', 0o755, caller)
  for (let ino = 2; ino <= 32; ino++) operations.forget(ino, 1)
  return operations
}

describe('a listing', () => {
  it.each([
    [false, 64],
    [false, 200],
    [true, 400],
    [true, 8192],
  ])('in parts shows everything once (attributes: %s, %i bytes)', (withAttributes, size) => {
    const operations = populated()
    const wire = new FuseWire(operations)
    const entries = list(wire, withAttributes, size)
    const names = Array.from({ length: 30 }, (_, n) => 'x'.repeat(n + 1))
    expect(entries.map(({ name }) => name)).toEqual(['.', '..', ...names, 'dir'])
    expect(entries.map(({ ino }) => ino)).toEqual([1, 1, ...names.map((_, n) => n + 2), 32])
    expect(entries.at(-1)?.type).toBe(4)
    expect(entries.at(2)?.type).toBe(8)
    if (withAttributes) {
      expect(entries.slice(0, 3).map(({ node }) => node)).toEqual([0, 0, 2])
      expect(operations.references).toBe(31)
      wire.references.returnAll()
    }
    expect(operations).toMatchObject({ references: 0, overdrawn: 0 })
  })

  it('that fails half-way shows what it has, and fails next time', () => {
    const operations = populated()
    const wire = new FuseWire(
      alteredOperations(operations, {
        readdir(ino, after, sink) {
          let shown = 0
          operations.readdir(ino, after, (entry, inode) => {
            if (after + shown++ >= 5) throw new PosixError('ESTALE')
            return sink(entry, inode)
          })
        },
      }),
    )
    const ask = (offset: bigint) =>
      wire.ask(Opcode.READDIRPLUS, 1, body(0n, offset, 8192, 0, 0n, 0, 0))
    const part = decode(ask(0n).payload, true)
    expect(part).toHaveLength(7)
    expect(ask(part.at(-1)?.offset ?? 0n).error).toBe('ESTALE')
    expect(operations.references).toBe(5)
  })
})
