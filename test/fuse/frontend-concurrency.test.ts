import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { alteredOperations, ReferenceOperations } from '../../src/conformance/index.ts'
import { type ErrorCode, type Operations, StratusError } from '../../src/core/index.ts'
import { fuseMount, now, shell } from '../support/fuse-mount.ts'

/** Makes every operation that may answer later do so. */
function slow(operations: ReferenceOperations): Operations {
  const later = async <T>(answer: () => T): Promise<T> => {
    await sleep(1)
    return answer()
  }
  return alteredOperations(operations, {
    setattr: (...args) => later(() => operations.setattr(...args)),
    mknod: (...args) => later(() => operations.mknod(...args)),
    mkdir: (...args) => later(() => operations.mkdir(...args)),
    symlink: (...args) => later(() => operations.symlink(...args)),
    link: (...args) => later(() => operations.link(...args)),
    unlink: (...args) => later(() => operations.unlink(...args)),
    rmdir: (...args) => later(() => operations.rmdir(...args)),
    rename: (...args) => later(() => operations.rename(...args)),
    read: (...args) => later(() => operations.read(...args)),
    write: (...args) => later(() => operations.write(...args)),
    setxattr: (...args) => later(() => operations.setxattr(...args)),
    removexattr: (...args) => later(() => operations.removexattr(...args)),
    settle: () => later(() => {}),
  })
}

describe('operations that answer later', () => {
  it('give the same results', async () => {
    const operations = new ReferenceOperations({ now })
    const { frontend, path, logger } = await fuseMount({ operations: slow(operations) })
    await shell(
      `cd "$1"; mkdir a; cp -a "$2" a/src; diff -r "$2" a/src
       ln a/src/index.ts hard; ln -s hard soft; cmp soft "$2/index.ts"
       setfattr -n user.x -v y hard; getfattr --only-values -n user.x a/src/index.ts
       setfattr -x user.x hard; mv a b; chmod 600 hard; truncate -s 7 hard
       test "$(stat -c '%a %s %h' b/src/index.ts)" = '600 7 2'; rm -r b soft hard`,
      path(),
      fileURLToPath(new URL('../../src/plugins/frontend-fuse', import.meta.url)),
    )
    expect(await fs.readdir(path())).toEqual([])
    await frontend.detach()
    expect(operations).toMatchObject({ references: 0, overdrawn: 0 })
    logger.assertQuiet()
  })
})

describe('slow reads', () => {
  it('of more programs than there are slots leave room for other requests', async () => {
    const operations = new ReferenceOperations({ now })
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    let waiting = 0
    const { path } = await fuseMount({
      options: { slots: 24, maxBackground: 8 },
      operations: alteredOperations(operations, {
        async read(...args) {
          waiting += 1
          await gate
          return operations.read(...args)
        },
      }),
    })
    await fs.writeFile(path('file'), 'x'.repeat(100_000))
    const readers = spawn(
      'sh',
      [
        '-c',
        'for i in $(seq 100); do dd if="$1" of="$2.$i" iflag=direct bs=128k 2>&1 & done; wait',
        'sh',
        path('file'),
        path('copy'),
      ],
      { stdio: 'ignore' },
    )
    const done = once(readers, 'exit')
    await expect.poll(() => waiting).toBe(8)
    await sleep(200)
    for (let n = 0; n < 50; n++) await fs.mkdir(path(`made meanwhile ${n}`))
    expect(waiting).toBe(8)
    open()
    await done
    const sums = await shell('cd "$1"; cksum copy.* | cut -d" " -f1,2 | sort | uniq -c', path())
    expect(sums).toMatch(/^ *100 \d+ 100000\n$/)
  })
})

describe('failures', () => {
  const outcomes: [ErrorCode | undefined, string][] = [
    ['FENCED', 'EROFS'],
    ['LOCAL_DISK_FULL', 'ENOSPC'],
    ['DATA_CORRUPT', 'EIO'],
    [undefined, 'EIO'],
  ]

  it.each(outcomes)('of kind %s reach programs as %s', async (code, errno) => {
    const failure = code === undefined ? new TypeError('bug') : new StratusError(code, 'x')
    const { path, logger } = await fuseMount({
      operations: alteredOperations(new ReferenceOperations({ now }), {
        mkdir() {
          throw failure
        },
      }),
    })
    await expect(fs.mkdir(path('dir'))).rejects.toMatchObject({ code: errno })
    expect(logger.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { message: 'operation failed', fields: { err: failure, opcode: 9, errno } },
    ])
  })

  it.each(['at once', 'later'])(
    'of settle, %s, take the success of a change back',
    async (when) => {
      const operations = new ReferenceOperations({ now })
      let broken = false
      const { frontend, path } = await fuseMount({
        operations: alteredOperations(operations, {
          settle() {
            if (!broken) return undefined
            const failure = new StratusError('LOCAL_DISK_FULL', 'no room')
            if (when === 'at once') throw failure
            return sleep(5).then(() => Promise.reject(failure))
          },
        }),
      })
      broken = true
      await expect(fs.mkdir(path('dir'))).rejects.toMatchObject({ code: 'ENOSPC' })
      await expect(fs.writeFile(path('file'), '')).rejects.toMatchObject({ code: 'ENOSPC' })
      broken = false
      await fs.mkdir(path('other'))
      await frontend.detach()
      expect(operations).toMatchObject({ references: 0, overdrawn: 0 })
    },
  )

  it('of fsync are told', async () => {
    const { path, logger } = await fuseMount({
      operations: alteredOperations(new ReferenceOperations({ now }), {
        fsync: async () => {
          await sleep(5)
          throw new StratusError('BACKEND_UNAVAILABLE', 'no answer')
        },
      }),
    })
    const file = await fs.open(path('file'), 'w')
    await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' })
    await file.close()
    logger.assertQuiet('operation failed')
  })
})

describe('the caches of the kernel', () => {
  it('keep what they know until they are told to drop it', async () => {
    const operations = new ReferenceOperations({ now })
    const { frontend, path } = await fuseMount({ operations })
    const caller = { uid: 0, gid: 0, pid: 0 }
    await fs.writeFile(path('file'), 'content')
    await expect(fs.stat(path('new'))).rejects.toMatchObject({ code: 'ENOENT' })
    const { ino } = await fs.stat(path('file'))

    operations.setattr(ino, { mode: 0o600, size: 3 }, caller)
    const made = operations.mkdir(1, 'new', 0o755, caller)
    expect((await fs.stat(path('file'))).size).toBe(7)
    await expect(fs.stat(path('new'))).rejects.toMatchObject({ code: 'ENOENT' })

    await frontend.invalidateInode(ino)
    await frontend.invalidateEntry(1, 'new')
    expect((await fs.stat(path('file'))).mode & 0o777).toBe(0o600)
    expect((await fs.stat(path('new'))).ino).toBe(made.ino)

    operations.rmdir(1, 'new')
    expect((await fs.stat(path('new'))).ino).toBe(made.ino)
    await frontend.announceRemoval(1, 'new', made.ino)
    await expect(fs.stat(path('new'))).rejects.toMatchObject({ code: 'ENOENT' })
    operations.forget(made.ino, 1)

    await frontend.invalidateInode(12_345)
    await frontend.detach()
    await frontend.invalidateInode(ino)
    expect(operations).toMatchObject({ references: 0, overdrawn: 0 })
  })
})
