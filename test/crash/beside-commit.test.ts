/** Operations that arrive at any step of a commit are there after a kill at any later step. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type Failpoint, onFailpoint } from '../../src/engine/failpoints.ts'
import {
  MemoryBackend,
  type StoredObject,
} from '../../src/plugins/backend-memory/memory-backend.ts'
import { bucketOf, CrashCamera } from '../support/crash-pictures.ts'
import { EngineBench } from '../support/engine-bench.ts'
import { treePicture } from '../support/tree-picture.ts'

const checkpoint = { logBytesMin: 1 << 30, logObjectsMax: 2, partBytes: 500 }
const steps: readonly Failpoint[] = [
  'commit.afterSeal',
  'commit.afterSnapshot',
  'commit.afterPacks',
  'commit.afterAppend',
  'commit.afterApply',
  'commit.afterView',
  'checkpoint.afterPart',
]

it.each(steps)('an operation that comes at %s is whole after a kill', async (step) => {
  const folder = mkdtempSync(join(tmpdir(), 'stratus-beside-'))
  const objects = new Map<string, StoredObject>()
  using bench = new EngineBench(new MemoryBackend(objects, Date.now))
  try {
    const mounted = await bench.mount({ settings: { checkpoint } })
    const camera = new CrashCamera(folder, join(bench.folder, 'a'), objects, 3)
    const caller = { uid: 0, gid: 0, pid: 1 }
    let made = 0
    {
      // Nobody waits for these operations: they are in memory until the next flush, whoever asks for it.
      using _ = onFailpoint((point) => {
        if (point === step) {
          void mounted.fileSystem.operations.mkdir(1, `by-the-way-${made++}`, 0o755, caller)
          return
        }
        camera.take(point)
      })
      for (let n = 0; n < 8; n++) {
        await mounted.files.writeFile('/a', Buffer.from(`${n}`), { offset: 0 })
        await mounted.fileSystem.flush()
        // More may come while this one is waited for.
        const settled = made
        await mounted.fileSystem.operations.settle()
        camera.acknowledged = settled
      }
    }
    expect(made).toBeGreaterThan(2)
    const final = await treePicture(mounted.files)
    await mounted.unmount()
    for (const picture of camera.pictures) {
      const { stateDirectory, name } = picture
      const backend = bucketOf(picture.objects)
      const again = await bench.mount({ stateDirectory, backend, settings: { checkpoint } })
      const names = (await again.files.readdir('/')).map(String).filter((entry) => entry !== 'a')
      for (const entry of names) await again.files.lstat(`/${entry}`)
      expect(names.length, name).toBeGreaterThanOrEqual(picture.acknowledged)
      // No gaps: operations come back in their order.
      expect(names.sort(), name).toEqual(names.map((_, n) => `by-the-way-${n}`).sort())
      expect((await again.files.lstat('/')).nlink, name).toBe(2 + names.length)
      const seen = await treePicture(again.files)
      await again.unmount()
      const other = await bench.mount({ machine: name.replaceAll(/\W/g, ''), backend })
      expect(await treePicture(other.files), name).toEqual(seen)
      other.kill()
    }
    const other = await bench.mount({ machine: 'b' })
    expect(await treePicture(other.files)).toEqual(final)
    await other.unmount()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
