/**
 * What a machine keeps: the journal and the view, whole, torn, damaged, lost or from another time; orphans;
 * and mounts that only read.
 */
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { onFailpoint } from '../../src/engine/failpoints.ts'
import {
  MemoryBackend,
  type StoredObject,
} from '../../src/plugins/backend-memory/memory-backend.ts'
import { bucketOf } from '../support/crash-pictures.ts'
import { EngineBench } from '../support/engine-bench.ts'
import { rejectionCode } from '../support/error-code.ts'
import { treePicture } from '../support/tree-picture.ts'

let objects: Map<string, StoredObject>
let bench: EngineBench

beforeEach(() => {
  objects = new Map()
  bench = new EngineBench(new MemoryBackend(objects, Date.now))
})

afterEach(() => bench[Symbol.dispose]())

const state = (...names: string[]) => join(bench.folder, 'a', ...names)

function journals(): string[] {
  return readdirSync(state('journal'))
    .sort()
    .map((name) => state('journal', name))
}

function noise(seed: string | number, count: number): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; at < count; at += 32)
    chunks.push(createHash('sha256').update(`${seed}/${at}`).digest())
  return Buffer.concat(chunks).subarray(0, count)
}

async function elsewhere(): Promise<string[]> {
  const other = await bench.mount({ machine: `b${objects.size}`, settings: { readOnly: true } })
  const picture = await treePicture(other.files)
  await other.unmount()
  return picture
}

/** Leaves one commit, and more in the journal; returns the tree. */
async function killed(): Promise<string[]> {
  const mounted = await bench.mount()
  await mounted.files.writeFile('/committed', noise(1, 20_000))
  await mounted.fileSystem.flush()
  await mounted.files.mkdir('/directory', 0o755)
  await mounted.files.writeFile('/directory/file', noise(2, 30_000))
  await mounted.files.writeFile('/committed', noise(3, 100), { offset: 5000 })
  await mounted.files.setxattr('/committed', 'user.a', 'b', 0)
  const picture = await treePicture(mounted.files)
  mounted.kill()
  return picture
}

describe('the view', () => {
  it.each(['lost', 'empty'])(
    'that is %s is built anew, and the journal goes on top',
    async (how) => {
      const expected = await killed()
      for (const name of ['view.db', 'view.db-wal', 'view.db-shm']) {
        if (!existsSync(state(name))) continue
        if (how === 'lost') rmSync(state(name))
        else truncateSync(state(name), 0)
      }
      const again = await bench.mount()
      expect(await treePicture(again.files)).toEqual(expected)
      await again.unmount()
      expect(await elsewhere()).toEqual(expected)
    },
  )

  it('from an earlier day catches up with what this machine committed since', async () => {
    const mounted = await bench.mount()
    await mounted.files.mkdir('/one', 0o755)
    await mounted.unmount()
    const backup = state('..', 'backup')
    cpSync(state(), backup, { recursive: true })
    const expected = await killed()
    const again = await bench.mount()
    await again.unmount()
    // Somebody restores the folder of the local state from a backup.
    rmSync(state(), { recursive: true })
    cpSync(backup, state(), { recursive: true })
    const restored = await bench.mount()
    expect(await treePicture(restored.files)).toEqual(expected)
    await restored.unmount()
  })

  it('that is ahead of what loss of power left of the journal is built anew', async () => {
    const mounted = await bench.mount()
    const caller = { uid: 0, gid: 0, pid: 1 }
    let committed = 0
    {
      using _ = onFailpoint((point) => {
        if (point === 'commit.afterSeal') committed = statSync(journals()[0] as string).size
        if (point !== 'commit.afterApply') return
        void mounted.fileSystem.operations.mkdir(1, 'during-the-commit', 0o755, caller)
      })
      await mounted.files.writeFile('/a', noise('a', 5000))
      await mounted.fileSystem.flush()
    }
    mounted.kill()
    const [file] = journals() as [string]
    expect(statSync(file).size).toBeGreaterThan(committed)
    truncateSync(file, committed)
    const again = await bench.mount()
    expect((await again.files.readdir('/')).map(String)).toEqual(['a'])
    expect((await again.files.lstat('/')).nlink).toBe(2)
    expect(Buffer.from(await again.files.readFile('/a')).equals(noise('a', 5000))).toBe(true)
    await again.files.mkdir('/b', 0o755)
    const expected = await treePicture(again.files)
    await again.unmount()
    expect(await elsewhere()).toEqual(expected)
  })

  it('that loss of power set back behind a trimmed journal is built anew', async () => {
    // The view has operations that came during its commit; the journal that has them too goes later.
    const settings = { segmentBytes: 2000 }
    const mounted = await bench.mount({ settings })
    const caller = { uid: 0, gid: 0, pid: 1 }
    let saved = false
    {
      using _ = onFailpoint((point) => {
        if (saved) return
        if (point === 'commit.afterApply') {
          void mounted.fileSystem.operations.mkdir(1, 'during-the-commit', 0o755, caller)
        } else if (point === 'commit.afterView') {
          saved = true
          for (const name of ['view.db', 'view.db-wal']) {
            if (existsSync(state(name))) cpSync(state(name), state('..', `old-${name}`))
          }
        }
      })
      await mounted.files.writeFile('/a', noise('a', 5000))
      await mounted.fileSystem.flush()
    }
    for (let n = 0; n < 4; n++) {
      await mounted.files.mkdir(`/later-${n}`, 0o755)
      await mounted.files.writeFile('/a', noise(n, 5000), { offset: 0 })
      await mounted.fileSystem.flush()
    }
    await mounted.files.mkdir('/not-committed', 0o755)
    const expected = await treePicture(mounted.files)
    mounted.kill()
    for (const name of ['view.db', 'view.db-wal', 'view.db-shm']) {
      rmSync(state(name), { force: true })
      if (existsSync(state('..', `old-${name}`))) cpSync(state('..', `old-${name}`), state(name))
    }
    const again = await bench.mount({ settings })
    expect(await treePicture(again.files)).toEqual(expected)
    await again.unmount()
    expect(await elsewhere()).toEqual(expected)
  })

  it('of an unmounted file system needs nothing but itself', async () => {
    const mounted = await bench.mount()
    await mounted.files.writeFile('/a', noise('a', 9999))
    const expected = await treePicture(mounted.files)
    await mounted.unmount()
    expect(readdirSync(state('journal'))).toEqual([])
    const again = await bench.mount()
    expect(await treePicture(again.files)).toEqual(expected)
    await again.unmount()
  })
})

describe('a journal', () => {
  it('that is torn anywhere behind the last commit gives a state of the time after it', async () => {
    const mounted = await bench.mount()
    const pictures = [] as string[]
    const note = async () => pictures.push((await treePicture(mounted.files)).join('\n'))
    await mounted.files.writeFile('/a', noise('a', 300))
    await mounted.fileSystem.flush()
    const [file] = journals() as [string]
    const committed = statSync(file).size
    await note()
    for (let n = 0; n < 6; n++) {
      await mounted.files.mkdir(`/d${n}`, 0o755)
      await note()
      await mounted.files.writeFile('/a', noise(n, 90), { offset: n * 20 })
      await note()
      await mounted.files.rename(n === 0 ? '/a' : '/b', n === 0 ? '/b' : '/b2')
      await note()
      await mounted.files.rename(n === 0 ? '/b' : '/b2', '/b')
      await note()
      await mounted.files.link('/b', '/a').catch(() => {})
      await note()
    }
    mounted.kill()
    const size = statSync(file).size
    let last = pictures.length
    const bucket = bucketOf(objects)
    for (let cut = size; cut >= committed; cut -= 1 + Math.floor((size - committed) / 60)) {
      const stateDirectory = state('..', `cut-${cut}`)
      cpSync(state(), stateDirectory, { recursive: true })
      truncateSync(join(stateDirectory, 'journal', file.split('/').at(-1) as string), cut)
      const backend = bucketOf(
        (bucket as unknown as { objects: Map<string, StoredObject> }).objects,
      )
      const again = await bench.mount({ stateDirectory, backend })
      const seen = pictures.lastIndexOf((await treePicture(again.files)).join('\n'), last)
      expect(seen, `cut to ${cut}`).toBeGreaterThanOrEqual(0)
      last = seen
      again.kill()
    }
    expect(last).toBe(0)
  })

  it('that is damaged before its end is refused and kept, and can be left behind', async () => {
    await killed()
    const [file] = journals() as [string]
    const bytes = readFileSync(file)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 4
    writeFileSync(file, bytes)
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await rejectionCode(bench.mount())).toBe('JOURNAL_CORRUPT')
      expect(readFileSync(file).equals(bytes)).toBe(true)
    }
    const forced = await bench.mount({ settings: { force: true } })
    expect(Buffer.from(await forced.files.readFile('/committed')).equals(noise(1, 20_000))).toBe(
      true,
    )
    await forced.unmount()
    const [left] = readdirSync(state()).filter((name) => name.includes('left-behind'))
    const [kept] = readdirSync(state(left as string)) as [string]
    expect(readFileSync(state(left as string, kept)).equals(bytes)).toBe(true)
  })

  it('that loss of power tore in an earlier segment gives what came before the tear', async () => {
    const settings = { segmentBytes: 20_000 }
    const mounted = await bench.mount({ settings })
    for (let n = 0; n < 10; n++) await mounted.files.writeFile(`/f${n}`, noise(n, 9000))
    mounted.kill()
    const [, second] = journals() as [string, string]
    truncateSync(second, statSync(second).size - 100)
    expect(await rejectionCode(bench.mount({ settings }))).toBe('JOURNAL_CORRUPT')
    const again = await bench.mount({ settings: { ...settings, machine: 'a/the next boot/1' } })
    const names = (await again.files.readdir('/')).map(String).sort()
    expect(names.length).toBeGreaterThan(2)
    expect(names).toEqual(names.map((_, n) => `f${n}`))
    for (const [n, name] of names.slice(0, -1).entries()) {
      expect(Buffer.from(await again.files.readFile(`/${name}`)).equals(noise(n, 9000))).toBe(true)
    }
    const expected = await treePicture(again.files)
    await again.unmount()
    expect(await elsewhere()).toEqual(expected)
  })

  it('without its beginning is refused when the bucket lacks it', async () => {
    const mounted = await bench.mount({ settings: { segmentBytes: 20_000 } })
    for (let n = 0; n < 10; n++) await mounted.files.writeFile(`/f${n}`, noise(n, 9000))
    mounted.kill()
    const files = journals()
    expect(files.length).toBeGreaterThan(3)
    for (const lost of [files[0], files[1], files[2]] as string[]) {
      const bytes = readFileSync(lost)
      rmSync(lost)
      expect(await rejectionCode(bench.mount()), lost).toBe('JOURNAL_CORRUPT')
      writeFileSync(lost, bytes)
    }
    const again = await bench.mount()
    expect(await again.files.readdir('/')).toHaveLength(10)
    await again.unmount()
  })

  it('of another file system is not taken for ours', async () => {
    await killed()
    using other = new EngineBench(new MemoryBackend(new Map(), Date.now))
    const stranger = await other.mount()
    await stranger.files.mkdir('/stranger', 0o755)
    stranger.kill()
    rmSync(state('journal'), { recursive: true })
    cpSync(join(other.folder, 'a', 'journal'), state('journal'), { recursive: true })
    expect(await rejectionCode(bench.mount())).toBe('HISTORY_DIVERGED')
  })

  it('rolls over many segments, which go as they are committed', async () => {
    const mounted = await bench.mount({ settings: { segmentBytes: 100_000 } })
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 20; n++) {
        await mounted.files.writeFile(`/f${n}`, noise(`${round}/${n}`, 30_000))
      }
      expect(journals().length).toBeGreaterThan(4)
      await mounted.fileSystem.flush()
      expect(journals().length).toBeLessThanOrEqual(2)
    }
    for (let n = 0; n < 20; n++) await mounted.files.writeFile(`/g${n}`, noise(n, 30_000))
    const expected = await treePicture(mounted.files)
    mounted.kill()
    const again = await bench.mount({ settings: { segmentBytes: 100_000 } })
    expect(await treePicture(again.files)).toEqual(expected)
    await again.unmount()
    expect(await elsewhere()).toEqual(expected)
  })

  it('of the usual segment size takes more than one segment of data', async () => {
    const mounted = await bench.mount()
    const data = noise('large', 1 << 20)
    for (let n = 0; n < 70; n++) {
      data.writeUInt32LE(n, 0)
      await mounted.files.writeFile('/large', data, { offset: n << 20 })
    }
    const expected = await treePicture(mounted.files)
    mounted.kill()
    const again = await bench.mount()
    expect(await treePicture(again.files)).toEqual(expected)
    await again.unmount()
    expect(await elsewhere()).toEqual(expected)
  })
})

describe('a file without a name', () => {
  it('that was held when the process died is gone, here and in the bucket', async () => {
    const mounted = await bench.mount()
    await mounted.files.writeFile('/kept', noise('kept', 500))
    await mounted.files.writeFile('/orphan', noise('orphan', 700_000))
    await mounted.files.hold('/orphan')
    await mounted.files.unlink('/orphan')
    await mounted.fileSystem.flush()
    mounted.kill()
    const again = await bench.mount()
    expect((await again.files.readdir('/')).map(String)).toEqual(['kept'])
    const { inodes } = again.fileSystem.status().totals
    expect(inodes).toBe(2)
    await again.unmount()
    const other = await bench.mount({ machine: 'b' })
    expect(other.fileSystem.status().totals.inodes).toBe(2)
    await other.unmount()
  })

  it('goes also when a machine takes over that never knew who held it', async () => {
    const mounted = await bench.mount()
    await mounted.files.writeFile('/orphan', noise('orphan', 7000))
    await mounted.files.hold('/orphan')
    await mounted.files.unlink('/orphan')
    await mounted.fileSystem.flush()
    mounted.kill()
    const other = await bench.mount({ machine: 'b', settings: { force: true } })
    expect(other.fileSystem.status().totals.inodes).toBe(1)
    await other.unmount()
  })

  it('can be read and written while it is held, over any number of commits', async () => {
    const mounted = await bench.mount()
    await mounted.files.writeFile('/held', noise('held', 400_000))
    const held = await mounted.files.hold('/held')
    await mounted.files.unlink('/held')
    for (let n = 0; n < 3; n++) {
      await mounted.fileSystem.flush()
      await mounted.files.writeFile('/other', noise(n, 100))
    }
    expect(mounted.fileSystem.status().totals.inodes).toBe(3)
    held.release()
    await mounted.fileSystem.flush()
    await mounted.unmount()
    const other = await bench.mount({ machine: 'b' })
    expect(other.fileSystem.status().totals.inodes).toBe(2)
    await other.unmount()
  })
})

describe('a read-only mount', () => {
  it('shows what is there and changes nothing, not in the bucket either', async () => {
    const mounted = await bench.mount()
    await mounted.files.writeFile('/a', noise('a', 5000))
    const expected = await treePicture(mounted.files)
    await mounted.unmount()
    const before = new Map(objects)
    const reader = await bench.mount({ machine: 'b', settings: { readOnly: true } })
    expect(await treePicture(reader.files)).toEqual(expected)
    for (const attempt of [
      reader.files.writeFile('/a', Buffer.from('x')),
      reader.files.mkdir('/d', 0o755),
      reader.files.unlink('/a'),
      reader.files.rename('/a', '/b'),
      reader.files.truncate('/a', 0),
      reader.files.setxattr('/a', 'user.a', 'b', 0),
      reader.files.chmod('/a', 0o600),
      reader.files.link('/a', '/c'),
      reader.files.symlink('x', '/s'),
    ]) {
      expect(await rejectionCode(attempt)).toBe('EROFS')
    }
    expect(await treePicture(reader.files)).toEqual(expected)
    await reader.unmount()
    expect([...objects.keys()]).toEqual([...before.keys()])
  })

  it('shows what only the local journal holds, and leaves it there', async () => {
    const expected = await killed()
    const before = new Map(objects)
    const reader = await bench.mount({ settings: { readOnly: true } })
    expect(await treePicture(reader.files)).toEqual(expected)
    await reader.fileSystem.flush()
    await reader.unmount()
    expect([...objects.keys()]).toEqual([...before.keys()])
    const writer = await bench.mount()
    expect(await treePicture(writer.files)).toEqual(expected)
    await writer.unmount()
    expect(await elsewhere()).toEqual(expected)
  })
})
