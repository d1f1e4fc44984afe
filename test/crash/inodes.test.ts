/** Inodes across crashes and through a memory that does not hold them all. */
import { expect, it } from 'vitest'
import { StratusError } from '../../src/core/errors.ts'
import type { PutOptions } from '../../src/core/object-backend.ts'
import { S_IFREG } from '../../src/core/rows.ts'
import { onFailpoint } from '../../src/engine/failpoints.ts'
import { MemoryBackend } from '../../src/plugins/backend-memory/memory-backend.ts'
import { EngineBench } from '../support/engine-bench.ts'
import { treePicture } from '../support/tree-picture.ts'

const caller = { uid: 0, gid: 0, pid: 1 }

it('a new file never shows bytes of a file that was removed while a commit was under way', async () => {
  using bench = new EngineBench()
  const first = await bench.mount()
  await first.files.writeFile('/other', Buffer.from('o'))
  await first.files.writeFile('/secret', Buffer.alloc(5000, 'secret'))
  await first.fileSystem.flush()
  await first.files.writeFile('/other', Buffer.from('O'))
  {
    using _ = onFailpoint((point) => {
      if (point === 'commit.afterApply') void first.fileSystem.operations.unlink(1, 'secret')
    })
    await first.fileSystem.flush()
  }
  await first.fileSystem.operations.settle()
  first.kill()
  const second = await bench.mount()
  for (const name of ['/new', '/newer']) {
    await second.files.writeFile(name, Buffer.alloc(0))
    await second.files.truncate(name, 5000)
    expect(Buffer.from(await second.files.readFile(name)).equals(Buffer.alloc(5000)), name).toBe(
      true,
    )
  }
  await second.unmount()
})

it('an inode that left memory between its making and its removal leaves nothing in the bucket', async () => {
  using bench = new EngineBench()
  const mounted = await bench.mount()
  const { operations } = mounted.fileSystem
  const make = (name: string) => {
    const view = operations.mknod(1, name, S_IFREG | 0o644, 0, caller) as { ino: number }
    operations.forget(view.ino, 1)
  }
  for (let n = 0; n < 60_000; n++) make(`f${n}`)
  await mounted.fileSystem.flush()
  make('victim')
  // A listing saves it to the view, and the others push it out of memory.
  operations.readdir(1, 0, () => false)
  for (let n = 0; n < 60_000; n++) operations.forget(operations.lookup(1, `f${n}`).ino, 1)
  await operations.unlink(1, 'victim')
  await mounted.fileSystem.flush()
  const { inodes } = mounted.fileSystem.status().totals
  await mounted.unmount()
  const elsewhere = await bench.mount({ machine: 'b' })
  expect(elsewhere.fileSystem.status().totals.inodes).toBe(inodes)
  await elsewhere.unmount()
})

/** A bucket that takes no log objects for a while. */
class RefusingLog extends MemoryBackend {
  refuses = false

  override async put(key: string, body: Uint8Array, options?: PutOptions): Promise<void> {
    if (this.refuses && key.startsWith('log/')) throw new StratusError('OPTIONS_INVALID', 'refused')
    await super.put(key, body, options)
  }
}

it('a mount that failed before its session began does not stand in the way of the next', async () => {
  const backend = new RefusingLog(new Map(), Date.now)
  using bench = new EngineBench(backend)
  const first = await bench.mount()
  await first.files.writeFile('/kept', Buffer.from('kept'))
  await first.files.writeFile('/open', Buffer.from('open'))
  const held = await first.files.hold('/open')
  await first.files.unlink('/open')
  await first.fileSystem.flush()
  first.kill()
  held.release()
  bench.forget('a')
  backend.refuses = true
  await expect(bench.mount()).rejects.toThrow('refused')
  backend.refuses = false
  const third = await bench.mount()
  expect((await third.files.readdir('/')).map(String)).toEqual(['kept'])
  const picture = await treePicture(third.files)
  await third.unmount()
  const fourth = await bench.mount({ machine: 'c' })
  expect(await treePicture(fourth.files)).toEqual(picture)
  expect(fourth.fileSystem.status().totals.inodes).toBe(2)
  await fourth.unmount()
})
