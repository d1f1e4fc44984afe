/**
 * A kill at any failpoint, and at any request to the bucket, loses nothing that was acknowledged when the
 * local state survives, and gives exactly one committed moment when it does not.
 *
 * The workload is a chain: each step writes what the step before left behind into another file, so a tree
 * that mixes two moments contradicts itself; and each picture is compared with the model's whole tree after
 * each step.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ReferenceOperations } from '../../src/conformance/reference-operations.ts'
import type { ObjectBackend } from '../../src/core/index.ts'
import { silentLogger } from '../../src/core/services.ts'
import { failpoints, onFailpoint } from '../../src/engine/failpoints.ts'
import type { FileSystemSettings } from '../../src/engine/tokens.ts'
import {
  MemoryBackend,
  type StoredObject,
} from '../../src/plugins/backend-memory/memory-backend.ts'
import { MemoryFrontend } from '../../src/plugins/frontend-memory/memory-frontend.ts'
import { bucketOf, CrashCamera, type CrashPicture } from '../support/crash-pictures.ts'
import { EngineBench, type Mounted } from '../support/engine-bench.ts'
import { treePicture } from '../support/tree-picture.ts'

const STEPS = 84

const settings: Partial<FileSystemSettings> = {
  checkpoint: { logBytesMin: 1 << 30, logObjectsMax: 3, partBytes: 600 },
  segmentBytes: 300_000,
}

/** Content that nothing else has, and that no dictionary makes small. */
function content(seed: number, bytes: number): Buffer {
  const out = Buffer.alloc(bytes)
  let state = seed * 2_654_435_761 + 1
  for (let at = 0; at < bytes; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    out[at] = state >>> 16
  }
  return out
}

/** Step `n` of the workload: one operation, so that it is there or not. */
async function step(files: MemoryFrontend, n: number): Promise<void> {
  const directory = `/d${n - (n % 12)}`
  switch (n % 12) {
    case 0:
      return await files.mkdir(directory, 0o755)
    case 1:
      return await files.writeFile('/a', Buffer.from(`a of ${n}`.padEnd(300)), { offset: 0 })
    case 2:
      // What /a held before: a mixture of two moments would show here.
      return await files.writeFile('/b', Buffer.from(`after a of ${n - 1}`.padEnd(300)), {
        offset: 0,
      })
    case 3:
      return await files.mknod(`${directory}/big`, 0o100644, 0)
    case 4:
      return await files.writeFile(`${directory}/big`, content(n, 350_000), { offset: 0 })
    case 5:
      return await files.mknod(`${directory}/same`, 0o100644, 0)
    case 6:
      return await files.writeFile(`${directory}/same`, content(4, 30_000), { offset: 0 })
    case 7:
      return await files.rename(`${directory}/big`, '/moved')
    case 8:
      return await files.truncate('/moved', 1000 + n)
    case 9:
      return await files.link('/a', `${directory}/link`)
    case 10:
      return await files.setxattr('/a', 'user.step', `${n}`, 0)
    default:
      return await files.unlink(`${directory}/same`)
  }
}

/** The tree after each number of steps. */
async function expectedTrees(): Promise<string[]> {
  const model = new MemoryFrontend({ logger: silentLogger })
  await model.attach(new ReferenceOperations())
  await prepare(model)
  const trees = [(await treePicture(model)).join('\n')]
  for (let n = 0; n < STEPS; n++) {
    await step(model, n)
    trees.push((await treePicture(model)).join('\n'))
  }
  return trees
}

async function prepare(files: MemoryFrontend): Promise<void> {
  await files.writeFile('/a', Buffer.from('a'.padEnd(300)))
  await files.writeFile('/b', Buffer.from('b'.padEnd(300)))
}

/** Takes a picture before and after each request takes effect. */
function photographed(inner: ObjectBackend, camera: () => CrashCamera | undefined): ObjectBackend {
  const around = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
    const result = await call()
    camera()?.take(name)
    return result
  }
  const kindOf = (key: string): string => key.split('/')[0] as string
  return {
    capabilities: inner.capabilities,
    put: (key, body, options) => around(`put ${kindOf(key)}`, () => inner.put(key, body, options)),
    get: (key, options) => around(`get ${kindOf(key)}`, () => inner.get(key, options)),
    delete: (key, options) => around(`delete ${kindOf(key)}`, () => inner.delete(key, options)),
    list: (prefix, options) => inner.list(prefix, options),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
}

class Stage implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'stratus-crash-'))
  readonly objects = new Map<string, StoredObject>()
  camera: CrashCamera | undefined
  readonly bench = new EngineBench(
    photographed(new MemoryBackend(this.objects, Date.now), () => this.camera),
  )

  async run(each: number): Promise<CrashCamera> {
    const stateDirectory = join(this.bench.folder, 'a')
    let mounted = await this.bench.mount({ settings })
    await prepare(mounted.files)
    await mounted.fileSystem.flush()
    const camera = new CrashCamera(this.folder, stateDirectory, this.objects, each)
    this.camera = camera
    using _ = onFailpoint((point) => camera.take(point))
    let flushing: Promise<void> = Promise.resolve()
    for (let n = 0; n < STEPS; n++) {
      await step(mounted.files, n)
      camera.acknowledged = n + 1
      if (n % 3 === 1) {
        // Goes on beside the next steps.
        await flushing
        const covered = n + 1
        flushing = mounted.fileSystem.flush().then(() => {
          camera.committed = Math.max(camera.committed, covered)
        })
      }
      if (n % 17 === 16) {
        await flushing
        const lost = n > STEPS / 2
        if (lost) await mounted.fileSystem.flush()
        mounted.kill()
        if (lost) this.bench.forget('a')
        mounted = await this.bench.mount({ settings })
      }
    }
    await flushing
    await mounted.unmount()
    this.camera = undefined
    return camera
  }

  /** Mounts what a picture shows, with or without its local state. */
  async mount(picture: CrashPicture, local: boolean, backend: ObjectBackend): Promise<Mounted> {
    const stateDirectory = local
      ? picture.stateDirectory
      : mkdtempSync(join(this.folder, 'elsewhere-'))
    return await this.bench.mount({
      backend,
      machine: local ? 'a' : 'elsewhere',
      stateDirectory,
      settings: { ...settings, force: !local },
    })
  }

  [Symbol.dispose](): void {
    this.bench[Symbol.dispose]()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

describe('a kill at any moment', () => {
  it('keeps all that was acknowledged here, and one committed moment elsewhere', async () => {
    const trees = await expectedTrees()
    using stage = new Stage()
    const { pictures, seen } = await stage.run(Number(process.env['STRATUS_CRASH_PICTURES'] ?? 5))
    expect(failpoints.filter((point) => !seen.includes(point))).toEqual([])

    const wrong: string[] = []
    for (const picture of pictures) {
      const { name, acknowledged, committed, objects } = picture
      try {
        const bucket = bucketOf(objects)
        const elsewhere = await stage.mount(picture, false, bucketOf(objects))
        const moment = trees.indexOf((await treePicture(elsewhere.files)).join('\n'))
        elsewhere.kill()
        // One step may be under way: in the journal, not yet answered.
        if (moment < committed || moment > acknowledged + 1) {
          wrong.push(`${name}: elsewhere ${moment}, committed ${committed} of ${acknowledged}`)
        }
        const here = await stage.mount(picture, true, bucket)
        const state = trees.indexOf((await treePicture(here.files)).join('\n'))
        if (state < acknowledged || state > acknowledged + 1) {
          wrong.push(`${name}: here ${state}, acknowledged ${acknowledged}`)
        }
        // Life goes on, and the bucket follows.
        await here.files.writeFile('/after', content(1, 5000))
        const expected = await treePicture(here.files)
        await here.unmount()
        const later = await stage.mount(picture, false, bucket)
        expect(await treePicture(later.files)).toEqual(expected)
        later.kill()
      } catch (cause) {
        wrong.push(`${name}: ${(cause as Error).stack ?? String(cause)}`)
      }
    }
    expect(wrong).toEqual([])
  })
})
