import { describe, expect, it, vi } from 'vitest'
import { alteredOperations, ReferenceOperations } from '../../../src/conformance/index.ts'
import { Opcode } from '../../../src/plugins/frontend-fuse/protocol.ts'
import { body, FuseWire } from '../../support/fuse-wire.ts'

const create = (name: string) => body(0, 0o100644, 0, 0, name)

describe('a request', () => {
  it('that is shorter than its structure is an error, not a read beyond it', () => {
    const wire = new FuseWire(new ReferenceOperations())
    for (const opcode of [
      Opcode.SETATTR,
      Opcode.READ,
      Opcode.WRITE,
      Opcode.CREATE,
      Opcode.RENAME2,
      Opcode.READDIRPLUS,
    ]) {
      expect(wire.ask(opcode, 1, body(0)).error).toBe('EIO')
    }
  })

  it('with a name that does not end is invalid', () => {
    const wire = new FuseWire(new ReferenceOperations())
    expect(wire.ask(Opcode.LOOKUP, 1, Buffer.from('name')).error).toBe('EINVAL')
    expect(wire.ask(Opcode.RENAME, 1, body(1n, 'from', Buffer.from('to'))).error).toBe('EINVAL')
    expect(wire.ask(Opcode.SYMLINK, 1, body('only one')).error).toBe('EINVAL')
    expect(wire.ask(Opcode.SETXATTR, 1, body(100, 0, 'user.x', Buffer.alloc(99))).error).toBe(
      'EINVAL',
    )
    expect(wire.ask(Opcode.WRITE, 1, body(0n, 0n, 9, 0, 0n, 0, 0, Buffer.alloc(8))).error).toBe(
      'EINVAL',
    )
  })

  it('with numbers beyond 2^53 is refused', () => {
    const wire = new FuseWire(new ReferenceOperations())
    const huge = 2n ** 53n
    expect(wire.ask(Opcode.READ, 1, body(0n, huge, 1, 0, 0n, 0, 0)).error).toBe('EINVAL')
    expect(wire.ask(Opcode.WRITE, 1, body(0n, huge, 0, 0, 0n, 0, 0)).error).toBe('EFBIG')
    const size = body(8, 0, 0n, huge, Buffer.alloc(64))
    expect(wire.ask(Opcode.SETATTR, 1, size).error).toBe('EFBIG')
    const nsec = body(16, 0, 0n, 0n, 0n, 0n, 0n, 0n, 1_000_000_000, Buffer.alloc(32))
    expect(wire.ask(Opcode.SETATTR, 1, nsec).error).toBe('EINVAL')
  })

  it('that nobody needs is unsupported, now and for ever', () => {
    const wire = new FuseWire(new ReferenceOperations())
    const ioctl = 39
    for (const opcode of [Opcode.OPEN, Opcode.OPENDIR, Opcode.FLUSH, ioctl, 43, 46, 63, 1000]) {
      expect(wire.ask(opcode, 1, Buffer.alloc(64)).error).toBe('ENOSYS')
    }
    wire.arrive({ opcode: Opcode.INTERRUPT, body: body(1n) })
    expect(wire.replies).toHaveLength(8)
  })

  it('for an attribute gets its size, its value or ERANGE', () => {
    const operations = new ReferenceOperations()
    operations.setxattr(1, 'user.x', Buffer.from('value'), 0, { uid: 0, gid: 0, pid: 0 })
    const wire = new FuseWire(operations)
    const get = (size: number) => wire.ask(Opcode.GETXATTR, 1, body(size, 0, 'user.x'))
    expect(get(0).payload).toEqual(body(5, 0))
    expect(get(5).payload.toString()).toBe('value')
    expect(get(4).error).toBe('ERANGE')
    expect(wire.ask(Opcode.LISTXATTR, 1, body(0, 0)).payload).toEqual(body(7, 0))
    expect(wire.ask(Opcode.LISTXATTR, 1, body(7, 0)).payload.toString()).toBe('user.x\0')
    expect(wire.ask(Opcode.LISTXATTR, 1, body(6, 0)).error).toBe('ERANGE')
  })

  it('to rename passes its flags on', () => {
    const operations = new ReferenceOperations()
    const rename = vi.spyOn(operations, 'rename').mockReturnValue()
    const wire = new FuseWire(operations)
    wire.ask(Opcode.RENAME2, 7, body(9n, 2, 0, 'from', 'to'))
    wire.ask(Opcode.RENAME, 7, body(9n, 'a', 'b'))
    expect(rename.mock.calls).toEqual([
      [7, 'from', 9, 'to', 2],
      [7, 'a', 9, 'b', 0],
    ])
  })

  it('to change attributes carries exactly what is valid', () => {
    const operations = new ReferenceOperations()
    const setattr = vi.spyOn(operations, 'setattr')
    const wire = new FuseWire(operations)
    const ask = (valid: number) =>
      wire.ask(
        Opcode.SETATTR,
        1,
        body(valid, 0, 0n, 0n, 0n, -1n, -2n, -3n, 10, 20, 30, 0o101777, 0, 5, 6, 0),
      )
    ask(0b11 | (1 << 2) | (1 << 4) | (1 << 5) | (1 << 10))
    ask((1 << 4) | (1 << 5) | (1 << 7) | (1 << 8) | (1 << 11))
    expect(setattr.mock.calls.map(([, change]) => change)).toEqual([
      {
        mode: 0o1777,
        uid: 5,
        gid: 6,
        atime: { sec: -1, nsec: 10 },
        mtime: { sec: -2, nsec: 20 },
        ctime: { sec: -3, nsec: 30 },
        killPrivileges: false,
      },
      { atime: 'now', mtime: 'now', killPrivileges: true },
    ])
  })

  it('for . and .. finds an inode by number and its parent', () => {
    const operations = new ReferenceOperations()
    const wire = new FuseWire(operations)
    wire.ask(Opcode.MKDIR, 1, body(0o755, 0, 'dir'))
    const ino = (name: string) =>
      Number(wire.ask(Opcode.LOOKUP, 2, body(name)).payload.readBigUInt64LE())
    expect(ino('.')).toBe(2)
    expect(ino('..')).toBe(1)
    wire.ask(Opcode.CREATE, 2, create('file'))
    expect(wire.ask(Opcode.LOOKUP, 3, body('..')).error).toBe('ENOTDIR')
    wire.references.returnAll()
    expect(operations).toMatchObject({ references: 0, overdrawn: 0 })
  })

  it('to create what exists opens it, unless it must be new', () => {
    const wire = new FuseWire(new ReferenceOperations())
    const made = wire.ask(Opcode.CREATE, 1, create('file'))
    expect(wire.ask(Opcode.CREATE, 1, create('file')).payload).toEqual(made.payload)
    const exclusive = body(0o200, 0o100644, 0, 0, 'file')
    expect(wire.ask(Opcode.CREATE, 1, exclusive).error).toBe('EEXIST')
  })

  it('names its caller, and keeps one caller apart from the next', () => {
    const operations = new ReferenceOperations()
    const wire = new FuseWire(operations)
    wire.ask(Opcode.CREATE, 1, create('file'))
    expect(operations.getattr(2)).toMatchObject({ uid: 10, gid: 20 })
  })
})

describe('a batch', () => {
  it('is settled once, after its last change', () => {
    const operations = new ReferenceOperations()
    const settle = vi.spyOn(operations, 'settle')
    const wire = new FuseWire(operations)
    wire.arrive(
      { opcode: Opcode.CREATE, body: create('a') },
      { opcode: Opcode.CREATE, body: create('b') },
      { opcode: Opcode.GETATTR, body: Buffer.alloc(16) },
    )
    expect(settle).toHaveBeenCalledTimes(1)
    wire.arrive({ opcode: Opcode.GETATTR, body: Buffer.alloc(16) })
    expect(settle).toHaveBeenCalledTimes(1)
    expect(wire.replies.map(({ unique, error }) => [unique, error])).toEqual([
      [3, 0],
      [1, 0],
      [2, 0],
      [4, 0],
    ])
  })

  it('that settles later answers questions at once', async () => {
    let settled = () => {}
    const wire = new FuseWire(
      alteredOperations(new ReferenceOperations(), {
        settle: () =>
          new Promise((resolve) => {
            settled = resolve
          }),
      }),
    )
    wire.arrive(
      { opcode: Opcode.CREATE, body: create('a') },
      { opcode: Opcode.GETATTR, body: Buffer.alloc(16) },
    )
    expect(wire.replies.map(({ unique }) => unique)).toEqual([2])
    settled()
    await vi.waitFor(() => expect(wire.replies.map(({ unique }) => unique)).toEqual([2, 1]))
  })
})

describe('reads', () => {
  it('beyond the bound wait in the order they came, without a slot', async () => {
    const started: number[] = []
    const finish: (() => void)[] = []
    const wire = new FuseWire(
      alteredOperations(new ReferenceOperations(), {
        read: (_ino, offset, target) =>
          new Promise((resolve) => {
            started.push(offset)
            finish.push(() => {
              target[0] = offset
              resolve(1)
            })
          }),
      }),
      { slots: 4, slowReadsMax: 2 },
    )
    const read = (offset: bigint) => ({
      opcode: Opcode.READ,
      body: body(0n, offset, 100, 0, 0n, 0, 0),
    })
    wire.arrive(read(0n), read(1n), read(2n))
    wire.arrive(read(3n), read(4n))
    expect(started).toEqual([0, 1])
    expect(wire.ask(Opcode.GETATTR, 1, Buffer.alloc(16)).error).toBe(0)
    for (let n = 0; n < 5; n++) {
      finish[n]?.()
      await vi.waitFor(() => expect(wire.replies).toHaveLength(n + 2))
    }
    expect(started).toEqual([0, 1, 2, 3, 4])
    expect(wire.replies.map(({ unique }) => unique)).toEqual([6, 1, 2, 3, 4, 5])
    expect(wire.replies.slice(1).map(({ payload }) => payload[0])).toEqual([0, 1, 2, 3, 4])
  })
})
