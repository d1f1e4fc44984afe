import * as fs from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { loadAddon } from '../../src/plugins/frontend-fuse/addon.ts'
import { fuseMount, shell } from '../support/fuse-mount.ts'

describe('names', () => {
  it('are bytes: what is no UTF-8 survives, and 255 bytes fit', async () => {
    const { path } = await fuseMount()
    const names = [
      Buffer.from([0x78, 0xff, 0xfe, 0x79]),
      Buffer.from('zwölf'),
      Buffer.alloc(255, 0x80),
      Buffer.from([1]),
    ]
    for (const name of names) {
      await fs.writeFile(Buffer.concat([Buffer.from(path('/')), name]), name)
    }
    const listed = await fs.readdir(path(), { encoding: 'buffer' })
    const hex = (list: Buffer[]) => list.map((name) => name.toString('hex')).sort()
    expect(hex(listed)).toEqual(hex(names))
    await expect(fs.writeFile(path('n'.repeat(256)), '')).rejects.toMatchObject({
      code: 'ENAMETOOLONG',
    })
  })

  it('of one file share its inode number', async () => {
    const { path } = await fuseMount()
    await fs.writeFile(path('a'), 'content')
    await fs.link(path('a'), path('b'))
    const [a, b] = await Promise.all([fs.stat(path('a')), fs.stat(path('b'))])
    expect(a.ino).toBe(b.ino)
    expect(b.nlink).toBe(2)
    await fs.unlink(path('a'))
    expect((await fs.stat(path('b'))).nlink).toBe(1)
  })

  it('may be symbolic links, with targets of any bytes', async () => {
    const { path } = await fuseMount()
    const target = Buffer.from([0x2f, 0xff, 0x2f, ...Buffer.alloc(4000, 0x61)])
    await fs.symlink(target, path('link'))
    const read = await fs.readlink(path('link'), { encoding: 'buffer' })
    expect(read.equals(target)).toBe(true)
    expect((await fs.lstat(path('link'))).size).toBe(target.length)
  })

  it('move over others, between directories, and never into themselves', async () => {
    const { path } = await fuseMount()
    await shell(
      `cd "$1"; mkdir -p a/b c; echo 1 > a/one; echo 2 > c/two
       mv a/one c/two; test "$(cat c/two)" = 1; mv a/b c/; test -d c/b
       if mv -T c c/b/c 2>/dev/null; then exit 1; fi
       if mv -T c/two c/b 2>/dev/null; then exit 1; fi
       test "$(stat -c %h .)" = 4; test "$(stat -c %h c)" = 3`,
      path(),
    )
  })

  it('of directories that hold something stay, and go once they are empty', async () => {
    const { path } = await fuseMount()
    await fs.mkdir(path('dir'))
    await fs.writeFile(path('dir/file'), '')
    await expect(fs.rmdir(path('dir'))).rejects.toMatchObject({ code: 'ENOTEMPTY' })
    await fs.unlink(path('dir/file'))
    await fs.rmdir(path('dir'))
    await expect(fs.stat(path('dir'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('listings', () => {
  it('show every entry of a large directory once, with . and ..', async () => {
    const { path } = await fuseMount()
    await fs.mkdir(path('many'))
    const names = Array.from({ length: 5000 }, (_, n) => `entry ${n} ${'x'.repeat(n % 90)}`)
    for (let n = 0; n < names.length; n += 100) {
      await Promise.all(names.slice(n, n + 100).map((name) => fs.writeFile(path('many', name), '')))
    }
    expect((await fs.readdir(path('many'))).sort()).toEqual([...names].sort())
    const all = (await shell('cd "$1"; ls -a1U', path('many'))).trimEnd().split('\n')
    expect(all.slice(0, 2)).toEqual(['.', '..'])
    expect(all).toHaveLength(5002)
    const inodes = await shell('cd "$1"; stat -c %i . many/.. many/.', path())
    const [own, parent, child] = inodes.trim().split('\n').map(Number)
    expect(parent).toBe(own)
    expect(child).toBe((await fs.stat(path('many'))).ino)
  })

  it('survive that entries go while they are read', async () => {
    const { path } = await fuseMount()
    await Promise.all(Array.from({ length: 1000 }, (_, n) => fs.writeFile(path(`f${n}`), '')))
    let seen = 0
    for await (const entry of await fs.opendir(path(), { bufferSize: 8 })) {
      await fs.unlink(path(entry.name))
      seen += 1
    }
    expect(seen).toBe(1000)
    expect(await fs.readdir(path())).toEqual([])
  })
})

describe('extended attributes', () => {
  const addon = loadAddon()

  it('are set, read, listed and removed', async () => {
    const { path } = await fuseMount()
    await fs.writeFile(path('file'), '')
    await addon.setxattr(path('file'), 'user.one', Buffer.from([0, 255, 1]), 0)
    await addon.setxattr(path('file'), 'user.empty', Buffer.alloc(0), 0)
    expect([...(await addon.getxattr(path('file'), 'user.one'))]).toEqual([0, 255, 1])
    expect(await addon.getxattr(path('file'), 'user.empty')).toHaveLength(0)
    const listed = await shell('getfattr --absolute-names "$1"', path('file'))
    expect(listed).toContain('user.empty\nuser.one\n')
    await shell('setfattr -x user.one "$1"', path('file'))
    await expect(addon.getxattr(path('file'), 'user.one')).rejects.toMatchObject({
      code: 'ENODATA',
      syscall: 'getxattr',
    })
  })

  it('obey the flags to create and to replace, and take 64 KiB', async () => {
    const { path } = await fuseMount()
    const large = Buffer.alloc(65536, 7)
    await expect(addon.setxattr(path(), 'user.x', large, 2)).rejects.toMatchObject({
      code: 'ENODATA',
    })
    await addon.setxattr(path(), 'user.x', large, 1)
    await expect(addon.setxattr(path(), 'user.x', large, 1)).rejects.toMatchObject({
      code: 'EEXIST',
    })
    expect((await addon.getxattr(path(), 'user.x')).equals(large)).toBe(true)
  })
})
