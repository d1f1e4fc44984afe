import { describe, expect, it, vi } from 'vitest'
import { type Operations, PosixError, ROOT_INO } from '../../../src/core/index.ts'
import { withControl } from '../../../src/host/control-operations.ts'

const MOUNTER = 1000
const caller = (uid: number) => ({ uid, gid: uid, pid: 1 })

function subject() {
  const inner = {
    getxattr: vi.fn(() => new Uint8Array([7])),
    setxattr: vi.fn(),
    removexattr: vi.fn(),
    lookup: vi.fn(function (this: unknown) {
      return this
    }),
  }
  const everything = new Proxy(inner, {
    get: (target, name) => Reflect.get(target, name) ?? vi.fn(),
  }) as unknown as Operations
  const flush = vi.fn()
  const control = { queries: { status: () => ({ fine: true }) }, commands: { flush } }
  return { inner, flush, everything, operations: withControl(everything, MOUNTER, control) }
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

describe('control attributes', () => {
  it.each([0, MOUNTER])('answer user %i', (uid) => {
    const { operations, flush } = subject()
    expect(text(operations.getxattr(ROOT_INO, 'stratus.status', caller(uid)))).toBe('{"fine":true}')
    void operations.setxattr(
      ROOT_INO,
      'stratus.flush',
      new TextEncoder().encode('id'),
      0,
      caller(uid),
    )
    expect(flush).toHaveBeenCalledWith('id')
  })

  it('refuse everybody else', () => {
    const { operations, flush } = subject()
    expect(() => operations.getxattr(ROOT_INO, 'stratus.status', caller(5))).toThrow('EPERM')
    expect(() =>
      operations.setxattr(ROOT_INO, 'stratus.flush', new Uint8Array(), 0, caller(5)),
    ).toThrow('EPERM')
    expect(flush).not.toHaveBeenCalled()
  })

  it.each(['stratus.', 'stratus.nothing', 'stratus.constructor'])('do not include %s', (name) => {
    const { operations } = subject()
    expect(() => operations.getxattr(ROOT_INO, name, caller(0))).toThrow(new PosixError('ENODATA'))
    expect(() => operations.setxattr(ROOT_INO, name, new Uint8Array(), 0, caller(0))).toThrow(
      'EOPNOTSUPP',
    )
  })

  it('cannot be removed', () => {
    const { operations } = subject()
    expect(() => operations.removexattr(ROOT_INO, 'stratus.status', caller(0))).toThrow('EPERM')
  })
})

describe('everything else', () => {
  it('goes to the file system: other names, other inodes, other calls', () => {
    const { operations, inner, everything } = subject()
    expect(operations.getxattr(ROOT_INO, 'user.a', caller(5))).toEqual(new Uint8Array([7]))
    expect(operations.getxattr(2, 'stratus.status', caller(5))).toEqual(new Uint8Array([7]))
    void operations.setxattr(2, 'stratus.flush', new Uint8Array(), 0, caller(5))
    expect(inner.setxattr).toHaveBeenCalledOnce()
    void operations.removexattr(2, 'user.a', caller(5))
    expect(inner.removexattr).toHaveBeenCalledOnce()
    expect(operations.lookup(ROOT_INO, 'x')).toBe(everything)
  })
})
