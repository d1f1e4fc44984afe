import { describe, expect, it } from 'vitest'
import { ReferenceOperations } from '../../../src/conformance/index.ts'
import { parseMountTable, topmostAt } from '../../../src/plugins/frontend-fuse/mount-table.ts'
import { fuseOptions } from '../../../src/plugins/frontend-fuse/options.ts'
import { Opcode } from '../../../src/plugins/frontend-fuse/protocol.ts'
import { SlotMemory } from '../../../src/plugins/frontend-fuse/slot-memory.ts'
import { body, FuseWire } from '../../support/fuse-wire.ts'

const caller = { uid: 0, gid: 0, pid: 0 }

describe('slot memory', () => {
  it('holds 64-bit numbers of either sign', () => {
    const memory = new SlotMemory(new ArrayBuffer(3 * 8192), 2, 8192)
    for (const value of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, -1, -(2 ** 32), -(2 ** 53) + 1]) {
      memory.setWide(4, value)
      expect(memory.signedWide(4)).toBe(value)
      if (value >= 0) expect(memory.wide(4)).toBe(value)
      expect(memory.bytes.readBigInt64LE(16)).toBe(BigInt(value))
    }
  })

  it('gives views of its own memory, each once', () => {
    const memory = new SlotMemory(new ArrayBuffer(3 * 8192), 2, 8192)
    const target = memory.readTarget(1, 100)
    expect([target.byteOffset, target.length]).toEqual([8192 + 16, 100])
    expect(memory.readTarget(1, 100)).toBe(target)
    expect(memory.readTarget(1, 200)).toHaveLength(200)
    expect(memory.writeSource(1, 100).byteOffset).toBe(8192 + 80)
  })
})

describe('attributes', () => {
  it('are written as fuse_attr_out', () => {
    const operations = new ReferenceOperations()
    const wire = new FuseWire(operations)
    const { ino } = operations.mknod(1, 'file', 0o100640, 0, { uid: 7, gid: 8, pid: 9 })
    operations.setattr(
      ino,
      {
        size: 2 ** 44 + 1,
        atime: { sec: -5, nsec: 1 },
        mtime: { sec: 2 ** 33, nsec: 2 },
        ctime: { sec: 4, nsec: 3 },
      },
      caller,
    )
    const { payload } = wire.ask(Opcode.GETATTR, ino, Buffer.alloc(16))
    expect(payload).toEqual(
      body(
        ...[60n, 0, 0, BigInt(ino), 2n ** 44n + 1n, 2n ** 35n + 1n, -5n, 2n ** 33n, 4n],
        ...[1, 2, 3, 0o100640, 1, 7, 8, 0, 4096, 0],
      ),
    )
  })

  it('with the birth time are written as fuse_statx_out', () => {
    const operations = new ReferenceOperations({ now: () => ({ sec: 11, nsec: 12 }) })
    const wire = new FuseWire(operations)
    const rdev = (259 << 8) | (70_000 & 0xff) | ((70_000 & ~0xff) << 12)
    const { ino } = operations.mknod(1, 'device', 0o060600, rdev >>> 0, caller)
    operations.setattr(ino, { atime: { sec: -1, nsec: 2 }, ctime: { sec: 5, nsec: 6 } }, caller)
    const { payload } = wire.ask(Opcode.STATX, ino, Buffer.alloc(24))
    const time = (sec: bigint, nsec: number) => body(sec, nsec, 0)
    expect(payload).toEqual(
      body(
        ...[60n, 0, 0, 0n, 0n],
        ...[0xfff, 4096, 0n, 1, 0, 0, 0o060600, BigInt(ino), 0n, 0n, 0n],
        ...[time(-1n, 2), time(11n, 12), time(5n, 6), time(11n, 12)],
        ...[259, 70_000, 0n, Buffer.alloc(112)],
      ),
    )
  })

  it('of a name that does not exist say so for as long', () => {
    const wire = new FuseWire(new ReferenceOperations())
    const { payload } = wire.ask(Opcode.LOOKUP, 1, body('absent'))
    expect(payload).toEqual(body(0n, 0n, 60n, 60n, Buffer.alloc(96)))
  })
})

describe('the mount table', () => {
  const table = parseMountTable(
    [
      '36 35 98:0 /mnt1 /mnt rw,noatime master:1 shared:2 - ext4 /dev/root rw',
      '50 36 0:47 / /mnt/with\\040blank rw,nosuid - fuse.stratus s3://b\\134x\\054y rw',
      '51 50 0:48 / /mnt/with\\040blank ro - tmpfs none rw',
      'nonsense',
      '',
    ].join('\n'),
  )

  it('is parsed with its optional fields and escapes', () => {
    expect(table).toEqual([
      { device: '98:0', mountPoint: '/mnt', type: 'ext4', source: '/dev/root' },
      {
        device: '0:47',
        mountPoint: '/mnt/with blank',
        type: 'fuse.stratus',
        source: 's3://b\\x,y',
      },
      { device: '0:48', mountPoint: '/mnt/with blank', type: 'tmpfs', source: 'none' },
    ])
  })

  it('shows what lies on top', () => {
    expect(topmostAt(table, '/mnt/with blank')?.device).toBe('0:48')
    expect(topmostAt(table, '/elsewhere')).toBeUndefined()
  })
})

describe('options', () => {
  it('have defaults and keep a reserve of slots', () => {
    expect(fuseOptions.parse({})).toMatchObject({ slots: 96, maxBackground: 64 })
    expect(fuseOptions.safeParse({ maxBackground: 96 }).success).toBe(false)
    expect(fuseOptions.safeParse({ unknown: 1 }).success).toBe(false)
  })
})
