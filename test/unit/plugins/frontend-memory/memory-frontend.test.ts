import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  alteredOperations,
  RecordingLogger,
  ReferenceOperations,
} from '../../../../src/conformance/index.ts'
import {
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  XATTR_CREATE,
  XATTR_REPLACE,
} from '../../../../src/core/operations.ts'
import { S_IFIFO, S_IFMT, S_ISGID, S_ISUID } from '../../../../src/core/rows.ts'
import { MemoryFrontend } from '../../../../src/plugins/frontend-memory/memory-frontend.ts'

let operations: ReferenceOperations
let logger: RecordingLogger
let frontend: MemoryFrontend

beforeEach(async () => {
  operations = new ReferenceOperations()
  logger = new RecordingLogger()
  frontend = new MemoryFrontend({ logger })
  await frontend.attach(operations)
})

afterEach(async () => {
  await frontend[Symbol.asyncDispose]()
  expect(operations.references).toBe(0)
  expect(operations.overdrawn).toBe(0)
})

const text = async (path: string) => (await frontend.readFile(path)).toString()

describe('paths', () => {
  it('follows links to directories, to files and back up', async () => {
    await frontend.mkdir('/a')
    await frontend.mkdir('/a/b')
    await frontend.writeFile('/a/b/file', 'content')
    await frontend.symlink('a/b', '/relative')
    await frontend.symlink('/a', '/absolute')
    await frontend.symlink('../b/file', '/a/b/up')
    expect(await text('/relative/file')).toBe('content')
    expect(await text('/absolute/b/up')).toBe('content')
    expect(await text('/a/b/../../a/./b//file')).toBe('content')
    expect(await text('/../a/b/file')).toBe('content')
    expect((await frontend.lstat('/relative')).size).toBe(3)
    expect((await frontend.stat('/relative')).ino).toBe((await frontend.stat('/a/b')).ino)
    expect((await frontend.readlink('/a/b/up')).toString()).toBe('../b/file')
  })

  it('gives up on loops of links', async () => {
    await frontend.symlink('two', '/one')
    await frontend.symlink('one', '/two')
    await expect(frontend.stat('/one')).rejects.toMatchObject({ code: 'ELOOP' })
    await expect(frontend.lstat('/one')).resolves.toMatchObject({ nlink: 1 })
  })

  it('takes any bytes for a name', async () => {
    const name = Buffer.from([0x2f, 0xff, 0xfe, 0x80])
    await frontend.writeFile(name, 'bytes')
    await frontend.writeFile('/grün', 'text')
    expect(await frontend.readdir('/')).toContain('grün')
    expect((await frontend.list('/')).map((entry) => entry.name)).toContainEqual(name.subarray(1))
    expect((await frontend.readFile(name)).toString()).toBe('bytes')
  })

  it('answers in the errors of POSIX', async () => {
    await frontend.writeFile('/file', '')
    await frontend.mkdir('/folder')
    await frontend.mkdir('/folder/inner')
    await expect(frontend.stat('')).rejects.toMatchObject({ code: 'ENOENT', syscall: 'stat' })
    await expect(frontend.stat('/absent/x')).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(frontend.stat('/file/x')).rejects.toMatchObject({ code: 'ENOTDIR' })
    await expect(frontend.mkdir('/file')).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(frontend.mkdir('/')).rejects.toMatchObject({ code: 'EINVAL' })
    await expect(frontend.unlink('/folder')).rejects.toMatchObject({ code: 'EISDIR' })
    await expect(frontend.rmdir('/folder')).rejects.toMatchObject({ code: 'ENOTEMPTY' })
    await expect(frontend.rmdir('/file')).rejects.toMatchObject({ code: 'ENOTDIR' })
    await expect(frontend.readlink('/file')).rejects.toMatchObject({ code: 'EINVAL' })
    await expect(frontend.link('/folder', '/l')).rejects.toMatchObject({ code: 'EPERM' })
    const long = `/${'n'.repeat(256)}`
    await expect(frontend.writeFile(long, '')).rejects.toMatchObject({ code: 'ENAMETOOLONG' })
    const into = frontend.rename('/folder', '/folder/inner/x')
    await expect(into).rejects.toMatchObject({ code: 'EINVAL', path: '/folder' })
    logger.assertQuiet()
  })
})

describe('calls', () => {
  it('write at offsets and leave the rest alone', async () => {
    await frontend.writeFile('/file', 'abcdef')
    await frontend.writeFile('/file', 'XY', { offset: 2 })
    await frontend.writeFile('/file', 'z', { offset: 8 })
    expect(await text('/file')).toBe('abXYef\0\0z')
    await frontend.truncate('/file', 3)
    await frontend.truncate('/file', 5)
    expect(await text('/file')).toBe('abX\0\0')
    expect((await frontend.read('/file', 1, 2)).toString()).toBe('bX')
  })

  it('list long directories in pieces', async () => {
    const names = Array.from({ length: 250 }, (_, n) => `${n}`)
    for (const name of names) await frontend.writeFile(`/${name}`, '')
    expect(await frontend.readdir('/')).toEqual(names)
  })

  it('rename over, around and without replacing', async () => {
    await frontend.writeFile('/a', 'a')
    await frontend.writeFile('/b', 'b')
    const careful = frontend.rename('/a', '/b', RENAME_NOREPLACE)
    await expect(careful).rejects.toMatchObject({ code: 'EEXIST' })
    await frontend.rename('/a', '/b', RENAME_EXCHANGE)
    expect([await text('/a'), await text('/b')]).toEqual(['b', 'a'])
    await frontend.rename('/a', '/b')
    expect(await text('/b')).toBe('b')
    expect(await frontend.readdir('/')).toEqual(['b'])
  })

  it('count links and subdirectories', async () => {
    await frontend.writeFile('/file', 'x')
    await frontend.link('/file', '/again')
    await frontend.mkdir('/folder')
    expect((await frontend.stat('/file')).nlink).toBe(2)
    expect((await frontend.stat('/')).nlink).toBe(3)
    await frontend.unlink('/file')
    expect((await frontend.stat('/again')).nlink).toBe(1)
    await frontend.rmdir('/folder')
    expect((await frontend.stat('/')).nlink).toBe(2)
  })

  it('set attributes and extended attributes', async () => {
    await frontend.mknod('/pipe', S_IFIFO | 0o600)
    expect((await frontend.stat('/pipe')).mode & S_IFMT).toBe(S_IFIFO)
    await frontend.writeFile('/file', '')
    await frontend.chmod('/file', S_ISUID | S_ISGID | 0o770)
    await frontend.chown('/file', 7, 8)
    await frontend.utimes('/file', { sec: -1, nsec: 5 }, 'now')
    expect(await frontend.stat('/file')).toMatchObject({
      mode: 0o100770,
      uid: 7,
      gid: 8,
      atimeSec: -1,
      atimeNsec: 5,
      mtimeSec: 1_000_000,
    })
    await frontend.setxattr('/file', 'user.a', 'one', XATTR_CREATE)
    const again = frontend.setxattr('/file', 'user.a', 'two', XATTR_CREATE)
    await expect(again).rejects.toMatchObject({ code: 'EEXIST' })
    const missing = frontend.setxattr('/file', 'user.b', 'two', XATTR_REPLACE)
    await expect(missing).rejects.toMatchObject({ code: 'ENODATA' })
    expect(Buffer.from(await frontend.getxattr('/file', 'user.a')).toString()).toBe('one')
    expect((await frontend.listxattr('/file')).join()).toBe('user.a')
    await frontend.removexattr('/file', 'user.a')
    const gone = frontend.getxattr('/file', 'user.a')
    await expect(gone).rejects.toMatchObject({ code: 'ENODATA' })
    await frontend.fsync('/file')
    expect((await frontend.statfs()).nameBytesMax).toBe(255)
  })

  it('hand a set-group-id directory on to what is made in it', async () => {
    await frontend.mkdir('/shared')
    await frontend.chown('/shared', 0, 50)
    await frontend.chmod('/shared', S_ISGID | 0o775)
    await frontend.mkdir('/shared/folder')
    await frontend.writeFile('/shared/file', '')
    expect(await frontend.stat('/shared/folder')).toMatchObject({ gid: 50, mode: 0o042755 })
    expect(await frontend.stat('/shared/file')).toMatchObject({ gid: 50, mode: 0o100644 })
  })
})

describe('inodes in use', () => {
  it('outlive their last name', async () => {
    await frontend.writeFile('/file', 'content')
    const held = await frontend.hold('/file')
    await frontend.unlink('/file')
    await expect(frontend.stat('/file')).rejects.toMatchObject({ code: 'ENOENT' })
    await held.write(7, Buffer.from('!'))
    expect((await held.read(0, 100)).toString()).toBe('content!')
    await held.setattr({ size: 3 })
    await held.fsync()
    expect(await held.stat()).toMatchObject({ nlink: 0, size: 3 })
    held.release()
    held.release()
    await expect(held.stat()).rejects.toMatchObject({ code: 'ESTALE' })
  })

  it('keep the frontend from detaching', async () => {
    const held = await frontend.hold('/')
    await expect(frontend.detach()).rejects.toMatchObject({ code: 'MOUNT_POINT_BUSY' })
    expect(await frontend.readdir('/')).toEqual([])
    held.release()
    await frontend.detach()
  })
})

describe('the life of a frontend', () => {
  it('serves between attach and detach only, and once', async () => {
    const fresh = new MemoryFrontend({ logger })
    await expect(fresh.stat('/')).rejects.toMatchObject({ code: 'ENOTCONN' })
    await fresh.attach(operations)
    await expect(fresh.attach(operations)).rejects.toMatchObject({ code: 'MOUNT_POINT_BUSY' })
    await fresh.detach()
    await fresh.detached
    await expect(fresh.stat('/')).rejects.toMatchObject({ code: 'ENOTCONN' })
  })

  it('answers what is under way before it detaches', async () => {
    let settle = () => {}
    const settled = new Promise<void>((resolve) => {
      settle = resolve
    })
    const slow = new MemoryFrontend({ logger })
    await slow.attach(alteredOperations(operations, { settle: () => settled }))
    const order: string[] = []
    const made = slow.mkdir('/slow').then(() => order.push('made'))
    const detached = slow.detach().then(() => order.push('detached'))
    settle()
    await Promise.all([made, detached])
    expect(order).toEqual(['made', 'detached'])
  })
})
