import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { ReferenceOperations } from '../../src/conformance/index.ts'
import { fuseMount, now, shell } from '../support/fuse-mount.ts'

const MIB = 1024 * 1024

describe('file data', () => {
  it('is what was written, after the kernel dropped its cache', async () => {
    const { frontend, path } = await fuseMount()
    const data = randomBytes(5 * MIB + 123)
    await fs.writeFile(path('file'), data)
    await frontend.invalidateInode((await fs.stat(path('file'))).ino)
    expect((await fs.readFile(path('file'))).equals(data)).toBe(true)
  })

  it('is the same with direct I/O, in pieces of any alignment', async () => {
    const { path } = await fuseMount()
    await shell(
      `dd if=/dev/urandom of="$1" bs=64k count=40 2>&1
       dd if="$1" of="$1.direct" bs=1M iflag=direct oflag=direct 2>&1 || true
       dd if="$1" of="$1.small" bs=7777 2>&1
       cmp "$1" "$1.direct"; cmp "$1" "$1.small"`,
      path('file'),
    )
  })

  it('is truncated by O_TRUNC, ftruncate and extended with zeros', async () => {
    const { path } = await fuseMount()
    await fs.writeFile(path('file'), 'some content')
    await fs.writeFile(path('file'), 'new')
    expect(await fs.readFile(path('file'), 'latin1')).toBe('new')
    await fs.truncate(path('file'), 1)
    await fs.truncate(path('file'), 3)
    expect(await fs.readFile(path('file'), 'latin1')).toBe('n\0\0')
  })

  it('may lie far behind a hole, and O_APPEND adds to the end', async () => {
    const { path } = await fuseMount()
    const far = 16 * 1024 * 1024 * MIB
    const file = await fs.open(path('file'), 'w+')
    await file.write('end', far)
    await file.close()
    await fs.appendFile(path('file'), ' of it')
    expect((await fs.stat(path('file'))).size).toBe(far + 9)
    const handle = await fs.open(path('file'))
    const { buffer } = await handle.read(Buffer.alloc(16), 0, 16, far - 4)
    await handle.close()
    expect(buffer.toString('latin1', 0, 13)).toBe('\0\0\0\0end of it')
  })

  it('stays readable and writable after the last name is gone', async () => {
    const operations = new ReferenceOperations({ now })
    const { path, frontend } = await fuseMount({ operations })
    const file = await fs.open(path('file'), 'w+')
    await fs.unlink(path('file'))
    await file.write('still here')
    await file.sync()
    expect((await file.stat()).nlink).toBe(0)
    expect((await file.read(Buffer.alloc(10), 0, 10, 0)).buffer.toString()).toBe('still here')
    expect(await fs.readdir(path())).toEqual([])
    await file.close()
    await frontend.detach()
    expect(operations.references).toBe(0)
  })

  it('clears set-user-id when somebody else writes', async () => {
    const { path } = await fuseMount({ request: { allowOther: true } })
    await fs.writeFile(path('file'), 'program')
    await shell('chmod 6777 "$1"', path('file'))
    await shell('setpriv --reuid=65534 --clear-groups sh -c "echo more >> $1"', path('file'))
    expect((await fs.stat(path('file'))).mode & 0o7777).toBe(0o777)
  })

  it('is asked to be durable by fsync, with an error reported', async () => {
    const operations = new ReferenceOperations({ now })
    const synced: number[] = []
    operations.fsync = async (ino) => {
      synced.push(ino)
    }
    const { path } = await fuseMount({ operations })
    const file = await fs.open(path('file'), 'w')
    await file.write('x')
    await file.sync()
    const { ino } = await file.stat()
    await file.close()
    expect(synced).toEqual([ino])
    await shell('sync -- "$1"', path())
    expect(synced).toEqual([ino, 1])
  })
})

describe('attributes', () => {
  it('keep nanoseconds and times before 1970', async () => {
    const { path, frontend } = await fuseMount()
    await shell(
      `touch -a -d '1950-01-02 03:04:05.000000001Z' "$1"
       touch -m -d '2100-01-02 03:04:05.123456789Z' "$1"`,
      path('file'),
    )
    await frontend.invalidateInode((await fs.stat(path('file'))).ino)
    const { atimeNs, mtimeNs } = await fs.stat(path('file'), { bigint: true })
    expect(atimeNs).toBe(BigInt(Date.UTC(1950, 0, 2, 3, 4, 5)) * 1_000_000n + 1n)
    expect(mtimeNs).toBe(BigInt(Date.UTC(2100, 0, 2, 3, 4, 5)) * 1_000_000n + 123_456_789n)
  })

  it('include owner, mode, device number and birth time', async () => {
    const operations = new ReferenceOperations({ now: () => ({ sec: 1_500_000_000, nsec: 5 }) })
    const { path } = await fuseMount({ operations })
    await shell(
      `umask 027; echo > "$1/file"; chown 1234:5678 "$1/file"
       mknod "$1/device" b 259 70000; mkfifo "$1/fifo"; mkdir -m 1777 "$1/dir"`,
      path(),
    )
    const format = '%a %u:%g %F %t:%T %W'
    const print = (name: string) => shell(`stat -c '${format}' "$1"`, path(name))
    expect(await print('file')).toBe('640 1234:5678 regular file 0:0 1500000000\n')
    expect(await print('device')).toBe('640 0:0 block special file 103:11170 1500000000\n')
    expect(await print('fifo')).toBe('640 0:0 fifo 0:0 1500000000\n')
    expect(await print('dir')).toBe('1777 0:0 directory 0:0 1500000000\n')
  })

  it('of files made by another user are that user’s', async () => {
    const { path } = await fuseMount({ request: { allowOther: true } })
    await fs.chmod(path(), 0o777)
    await shell('setpriv --reuid=65534 --regid=65533 --clear-groups touch "$1"', path('file'))
    expect(await fs.stat(path('file'))).toMatchObject({ uid: 65534, gid: 65533 })
  })

  it('allow only what the mode allows', async () => {
    const { path } = await fuseMount({ request: { allowOther: true } })
    await fs.writeFile(path('secret'), 'x', { mode: 0o600 })
    await expect(
      shell('setpriv --reuid=65534 --clear-groups cat "$1"', path('secret')),
    ).rejects.toThrow('Permission denied')
  })

  it('of the file system show in statfs', async () => {
    const { path } = await fuseMount()
    const { bsize, blocks, bfree, files } = await fs.statfs(path())
    expect({ bsize, blocks, bfree, files }).toEqual({
      bsize: 4096,
      blocks: 2 ** 40,
      bfree: 2 ** 39,
      files: 2 ** 32,
    })
  })
})
