import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { ReferenceOperations } from '../../src/conformance/index.ts'
import { loadAddon } from '../../src/plugins/frontend-fuse/addon.ts'
import { readMountTable } from '../../src/plugins/frontend-fuse/mount-table.ts'
import { fuseFixture, fuseMount, now, shell, TEST_TYPE } from '../support/fuse-mount.ts'
import { ServingProcess } from '../support/serving-process.ts'

async function mountsAt(mountPoint: string) {
  return (await readMountTable()).filter((entry) => entry.mountPoint === mountPoint)
}

describe('attaching', () => {
  it('shows source and type in the mount table, and sets the read-ahead window', async () => {
    const source = 's3://bucket/a b,c\\d'
    const { path } = await fuseMount({
      request: { source },
      options: { readAheadBytes: 2 * 1024 * 1024 },
    })
    const [entry] = await mountsAt(path())
    expect(entry).toMatchObject({ type: `fuse.${TEST_TYPE}`, source })
    const window = await fs.readFile(`/sys/class/bdi/${entry?.device}/read_ahead_kb`, 'latin1')
    expect(window).toBe('2048\n')
  })

  it('is refused where nothing is, and where something else than a directory is', async () => {
    const operations = new ReferenceOperations()
    const { frontend, request, path } = await fuseFixture()
    await fs.writeFile(path('file'), '')
    for (const name of ['absent', 'file', 'file/below']) {
      const attempt = (await fuseFixture()).frontend.attach(operations, {
        ...request,
        mountPoint: path(name),
      })
      await expect(attempt).rejects.toMatchObject({ code: 'MOUNT_POINT_INVALID' })
    }
    await frontend.attach(operations, request)
  })

  it('is refused where a live mount is', async () => {
    const { request, path } = await fuseMount()
    const second = await fuseFixture()
    await expect(second.frontend.attach(new ReferenceOperations(), request)).rejects.toMatchObject({
      code: 'MOUNT_POINT_BUSY',
    })
    expect(await mountsAt(path())).toHaveLength(1)
  })

  it('clears away the mount of a daemon that was killed', async () => {
    const { frontend, logger, request, path } = await fuseFixture()
    const server = new ServingProcess([path()])
    expect(await server.line()).toBe('attached')
    await server.kill()
    await expect(fs.stat(path())).rejects.toMatchObject({ code: 'ENOTCONN' })
    await frontend.attach(new ReferenceOperations(), request)
    logger.assertQuiet('detaching the mount of a daemon that is gone')
    expect(await fs.readdir(path())).toEqual([])
    expect(await mountsAt(path())).toHaveLength(1)
  })

  it('read-only refuses changes', async () => {
    const { path } = await fuseMount({ request: { readOnly: true } })
    await expect(fs.writeFile(path('file'), '')).rejects.toMatchObject({ code: 'EROFS' })
  })

  it('twice in one process serves two file systems', async () => {
    const [one, two] = await Promise.all([fuseMount(), fuseMount()])
    await Promise.all([fs.writeFile(one.path('x'), '1'), fs.writeFile(two.path('x'), '2')])
    await one.frontend.detach()
    expect(await fs.readFile(two.path('x'), 'latin1')).toBe('2')
  })
})

describe('detaching', () => {
  it('waits for what the kernel has cached', async () => {
    const operations = new ReferenceOperations({ now })
    const { frontend, path, logger } = await fuseMount({ operations })
    await shell('dd if=/dev/urandom of="$1" bs=1M count=20 2>&1', path('file'))
    await frontend.detach()
    await frontend.detached
    const { ino, size } = operations.lookup(1, 'file')
    operations.forget(ino, 1)
    expect(size).toBe(20 * 1024 * 1024)
    expect(await fs.readdir(path())).toEqual([])
    logger.assertQuiet()
  })

  it('is refused while a program uses the mount, which goes on', async () => {
    const { frontend, path } = await fuseMount()
    const file = await fs.open(path('file'), 'w')
    await expect(frontend.detach()).rejects.toMatchObject({ code: 'MOUNT_POINT_BUSY' })
    await file.write('still attached')
    await file.close()
    expect(await fs.readFile(path('file'), 'latin1')).toBe('still attached')
    await frontend.detach()
  })

  it('by umount(8) ends the session', async () => {
    const operations = new ReferenceOperations({ now })
    const { frontend, path } = await fuseMount({ operations })
    await shell('mkdir -p "$1/a/b"; umount "$1"', path())
    await frontend.detached
    expect(operations.references).toBe(0)
    await frontend.detach()
  })

  it('lazily lets programs finish, and then ends the session', async () => {
    const operations = new ReferenceOperations({ now })
    const { frontend, path } = await fuseMount({ operations })
    const holder = spawn('sh', ['-c', 'exec >"$1"; echo >&2; read x; echo $x', 'sh', path('file')])
    await once(holder.stderr, 'data')
    await shell('umount -l "$1"', path())
    expect(await mountsAt(path())).toEqual([])
    holder.stdin.end('late\n')
    expect(await once(holder, 'exit')).toEqual([0, null])
    await frontend.detached
    expect(operations.lookup(1, 'file').size).toBe(5)
  })

  it('ends a session that another mount namespace keeps alive, once it is quiet', async () => {
    const operations = new ReferenceOperations({ now })
    const { frontend, path } = await fuseMount({ operations, options: { lingerMs: 200 } })
    const other = spawn('unshare', ['-m', '--propagation', 'private', 'sleep', '60'])
    try {
      await expect
        .poll(() => fs.readFile(`/proc/${other.pid}/mountinfo`, 'latin1'))
        .toContain(path())
      await fs.writeFile(path('file'), 'content')
      await frontend.detach()
      await frontend.detached
      expect(operations.references).toBe(0)
    } finally {
      other.kill('SIGKILL')
    }
  })

  it('by disposal takes the mount from the programs that use it', async () => {
    const { frontend, path, logger } = await fuseMount()
    const file = await fs.open(path('file'), 'w')
    await frontend[Symbol.asyncDispose]()
    await frontend.detached
    expect(await mountsAt(path())).toEqual([])
    await file.close().catch(() => {})
    logger.assertQuiet('ending the session under the programs that use it')
  })
})

describe('the serving process', () => {
  it('may end with the mount attached', async () => {
    const { path } = await fuseFixture()
    const server = new ServingProcess([path()])
    expect(await server.line()).toBe('attached')
    await fs.writeFile(path('file'), 'content')
    server.tell('exit')
    expect(await server.exit()).toEqual([7, null])
    await shell('umount -l "$1"', path())
  })

  it('may serve from a worker thread, which may be terminated', async () => {
    const { path } = await fuseFixture()
    const server = new ServingProcess([path(), '{}', 'thread'])
    expect(await server.line()).toBe('attached')
    await fs.writeFile(path('file'), 'content')
    expect(await fs.readFile(path('file'), 'latin1')).toBe('content')
    server.tell('exit')
    expect(await server.line()).toMatch(/^terminated/)
    await expect(fs.stat(path())).rejects.toMatchObject({ code: 'ENOTCONN' })
    await shell('umount -l "$1"', path())
  })

  it('may belong to another user than root, through fusermount3', async () => {
    await withOpenDevice(async () => {
      const { path } = await fuseFixture()
      const refused = serveAsNobody(path(), '{"allowOther":true}')
      expect(await refused.line()).toMatch(/^MOUNT_POINT_INVALID: fusermount3: .*denied/)
      await fs.chown(path(), 65534, 65534)
      const other = serveAsNobody(path(), '{"allowOther":true}')
      expect(await other.line()).toMatch(/user_allow_other/)

      const server = serveAsNobody(path(), '{}')
      expect(await server.line()).toBe('attached')
      const [entry] = await mountsAt(path())
      expect(entry).toMatchObject({ type: `fuse.${TEST_TYPE}`, source: 'memory,test' })
      server.tell('detach')
      expect(await server.line()).toBe('detached')
      expect(await mountsAt(path())).toEqual([])
    })
  })
})

const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups']

function serveAsNobody(mountPoint: string, options: string): ServingProcess {
  return new ServingProcess([mountPoint, options], ['setpriv', ...nobody])
}

/** Opens the device to all users, as it is on most machines, while `body` runs. */
async function withOpenDevice(body: () => Promise<void>): Promise<void> {
  const { mode } = await fs.stat('/dev/fuse')
  await fs.chmod('/dev/fuse', 0o666)
  try {
    await body()
  } finally {
    await fs.chmod('/dev/fuse', mode & 0o7777)
  }
}

describe('the addon', () => {
  it('locks a file for one holder at a time', async () => {
    const addon = loadAddon()
    const { path } = await fuseFixture()
    const [one, two] = [await fs.open(path('lock'), 'w'), await fs.open(path('lock'), 'w')]
    expect(addon.lockFile(one.fd)).toBe(true)
    expect(addon.lockFile(two.fd)).toBe(false)
    await one.close()
    expect(addon.lockFile(two.fd)).toBe(true)
    await two.close()
    expect(() => addon.lockFile(-1)).toThrow(expect.objectContaining({ code: 'EBADF' }))
  })

  it('allocates and punches', async () => {
    const addon = loadAddon()
    const { path } = await fuseFixture()
    const file = await fs.open(path('file'), 'w')
    await addon.fallocate(file.fd, 0, 0, 1 << 20)
    addon.fallocateSync(file.fd, 0, 1 << 20, 1 << 20)
    const { size, blocks } = await file.stat()
    expect(size).toBe(2 << 20)
    expect(blocks).toBeGreaterThanOrEqual(4096)
    await expect(addon.fallocate(file.fd, 0, 0, -1)).rejects.toMatchObject({ code: 'EINVAL' })
    expect(() => addon.fallocateSync(file.fd, 0, 0, 0)).toThrow('fallocate')
    await file.close()
  })

  it('refuses arguments of the wrong kind', () => {
    const addon = loadAddon() as unknown as Record<string, (...args: unknown[]) => unknown>
    for (const [name, ...args] of [
      ['mount', 1, 2, 3, 4, 5],
      ['unmount'],
      ['getxattr', 'a\0b', 'c'],
      ['setxattr', 'a', 'b', 'text', 0],
      ['openChannel', 0, 1, 8192, 0, 1, 2],
      ['lockFile', 'x'],
    ] as const) {
      expect(() => addon[name]?.(...args)).toThrow(TypeError)
    }
    expect(() => addon['openChannel']?.(0, 1, 100, 0, String, String)).toThrow(RangeError)
  })
})
