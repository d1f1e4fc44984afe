/**
 * Two machines and one file system: one writes, the other is refused or takes over, and nothing that either
 * committed or acknowledged is lost.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultyBackend } from '../../src/conformance/faulty-backend.ts'
import { RecordingLogger } from '../../src/conformance/recording-logger.ts'
import type { ObjectBackend } from '../../src/core/index.ts'
import { MemoryBackend } from '../../src/plugins/backend-memory/memory-backend.ts'
import { EngineBench, type Mounted } from '../support/engine-bench.ts'
import { rejectionCode } from '../support/error-code.ts'
import { treePicture } from '../support/tree-picture.ts'

/** A bucket that some requests do not get through to for a while. */
class Gate implements ObjectBackend {
  readonly capabilities
  closed: (operation: 'list' | 'delete', key: string) => boolean = () => false
  waiting = 0
  #opened: (() => void)[] = []

  constructor(private readonly inner: ObjectBackend) {
    this.capabilities = inner.capabilities
  }

  put: ObjectBackend['put'] = (...call) => this.inner.put(...call)

  get: ObjectBackend['get'] = (...call) => this.inner.get(...call)

  async delete(key: string): Promise<void> {
    await this.#pass('delete', key)
    await this.inner.delete(key)
  }

  async *list(prefix: string) {
    await this.#pass('list', prefix)
    yield* this.inner.list(prefix)
  }

  open(): void {
    this.closed = () => false
    for (const resolve of this.#opened.splice(0)) resolve()
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.inner[Symbol.asyncDispose]()
  }

  async #pass(operation: 'list' | 'delete', key: string): Promise<void> {
    if (!this.closed(operation, key)) return
    this.waiting++
    await new Promise<void>((resolve) => this.#opened.push(resolve))
  }
}

let bench: EngineBench

beforeEach(() => {
  bench = new EngineBench()
})

afterEach(() => bench[Symbol.dispose]())

function journalBytes(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}

describe('a second machine', () => {
  it('is refused while the first may live, and leaves it alone', async () => {
    const first = await bench.mount({ machine: 'a' })
    await first.files.writeFile('/one', Buffer.from('1'))
    expect(await rejectionCode(bench.mount({ machine: 'b' }))).toBe('FILE_SYSTEM_BUSY')
    await first.files.writeFile('/two', Buffer.from('2'))
    await first.unmount()
    const second = await bench.mount({ machine: 'b' })
    expect((await second.files.readdir('/')).map(String).sort()).toEqual(['one', 'two'])
    await second.unmount()
  })

  it('is accepted after an unmount', async () => {
    await (await bench.mount({ machine: 'a' })).unmount()
    await (await bench.mount({ machine: 'b' })).unmount()
  })

  it('is told who has it', async () => {
    const first = await bench.mount({ machine: 'a' })
    await expect(bench.mount({ machine: 'b' })).rejects.toMatchObject({
      code: 'FILE_SYSTEM_BUSY',
      details: { host: 'a' },
    })
    await first.unmount()
  })

  it('may always read', async () => {
    const first = await bench.mount({ machine: 'a' })
    await first.files.writeFile('/one', Buffer.from('1'))
    await first.fileSystem.flush()
    const reader = await bench.mount({ machine: 'b', settings: { readOnly: true } })
    expect(String(await reader.files.readFile('/one'))).toBe('1')
    await reader.unmount()
    await first.files.writeFile('/two', Buffer.from('2'))
    await first.unmount()
  })
})

describe('the same machine', () => {
  it('takes over from a process that is gone', async () => {
    const first = await bench.mount()
    first.kill()
    const second = await bench.mount({ settings: { pid: 2 ** 22 + 2 } })
    await second.unmount()
  })

  it('is refused while the process lives', async () => {
    const first = await bench.mount({ settings: { pid: process.pid } })
    first.kill()
    const again = bench.mount({ settings: { pid: 2 ** 22 + 2 } })
    expect(await rejectionCode(again)).toBe('FILE_SYSTEM_BUSY')
  })

  it('takes over from a boot that is over, whatever runs under the number now', async () => {
    const first = await bench.mount({ settings: { pid: process.pid } })
    first.kill()
    const second = await bench.mount({
      settings: { machine: 'a/another-boot/1', pid: process.pid },
    })
    await second.unmount()
  })

  it('is refused beside another pid namespace, where a pid says nothing', async () => {
    const first = await bench.mount()
    first.kill()
    const again = bench.mount({ settings: { machine: 'a/boot/2' } })
    expect(await rejectionCode(again)).toBe('FILE_SYSTEM_BUSY')
  })
})

describe('a machine that was forced out', () => {
  it('is fenced by its next commit, stops writing, says so, and keeps its journal', async () => {
    const logger = new RecordingLogger()
    const first = await bench.mount({ machine: 'a', logger })
    await first.files.writeFile('/first', Buffer.from('committed by the first'))
    await first.fileSystem.flush()
    const second = await bench.mount({ machine: 'b', settings: { force: true } })
    await second.files.writeFile('/second', Buffer.from('of the second'))
    await first.files.writeFile('/late', Buffer.from('acknowledged, never committed'))

    expect(await rejectionCode(first.fileSystem.flush())).toBe('FENCED')
    expect(await rejectionCode(first.files.writeFile('/more', Buffer.from('x')))).toBe('EROFS')
    expect(await rejectionCode(first.files.unlink('/first'))).toBe('EROFS')
    expect(first.fileSystem.status().state).toBe('fenced')
    expect(String(await first.files.readFile('/late'))).toBe('acknowledged, never committed')
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    // Later attempts do not wear it down.
    expect(await rejectionCode(first.fileSystem.flush())).toBe('FENCED')
    expect(await rejectionCode(first.unmount())).toBe('FENCED')
    expect(journalBytes(join(bench.folder, 'a', 'journal'))).toBeGreaterThan(100)

    await second.unmount()
    const third = await bench.mount({ machine: 'c' })
    expect((await third.files.readdir('/')).map(String).sort()).toEqual(['first', 'second'])
    await third.unmount()
  })

  it('is refused each time it comes back, until it leaves its changes behind', async () => {
    const first = await bench.mount({ machine: 'a' })
    await first.files.writeFile('/first', Buffer.from('committed'))
    await first.fileSystem.flush()
    await first.files.writeFile('/late', Buffer.from('never committed'))
    first.kill()
    const second = await bench.mount({ machine: 'b', settings: { force: true } })
    await second.files.mkdir('/second', 0o755)
    const expected = await treePicture(second.files)
    await second.unmount()

    for (const readOnly of [false, true, false, false]) {
      const again = bench.mount({ machine: 'a', settings: { readOnly } })
      expect(await rejectionCode(again)).toBe('HISTORY_DIVERGED')
    }
    const forced = await bench.mount({ machine: 'a', settings: { force: true } })
    expect(await treePicture(forced.files)).toEqual(expected)
    await forced.unmount()
    const [left] = readdirSync(join(bench.folder, 'a')).filter((name) =>
      name.includes('left-behind'),
    )
    expect(journalBytes(join(bench.folder, 'a', left as string))).toBeGreaterThan(100)

    const third = await bench.mount({ machine: 'c' })
    expect(await treePicture(third.files)).toEqual(expected)
    await third.unmount()
  })

  it('is refused also when its view was already ahead of the bucket', async () => {
    const limits = { logBytesMin: 1 << 30, logObjectsMax: 0, partBytes: 1 << 20 }
    const backend = new FaultyBackend(bench.backend)
    const first = await bench.mount({ machine: 'a', backend, settings: { checkpoint: limits } })
    await first.files.writeFile('/first', Buffer.from('committed'))
    await first.fileSystem.flush()
    await first.files.writeFile('/late', Buffer.from('never committed'))
    // The view takes in the change for the checkpoint, and the commit behind it never comes.
    for (let call = 1; call < 100; call++) {
      backend.faults.push({ operation: 'put', call: backend.calls.put + call, when: 'before' })
    }
    first.fileSystem.flush().catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 20))
    first.kill()
    const second = await bench.mount({ machine: 'b', settings: { force: true } })
    await second.files.mkdir('/second', 0o755)
    const expected = await treePicture(second.files)
    await second.unmount()
    for (let attempt = 0; attempt < 3; attempt++) {
      const again = bench.mount({ machine: 'a' })
      expect(await rejectionCode(again)).toBe('HISTORY_DIVERGED')
    }
    const forced = await bench.mount({ machine: 'a', settings: { force: true } })
    expect(await treePicture(forced.files)).toEqual(expected)
    await forced.unmount()
  })

  it('has nothing to leave behind when everything was committed', async () => {
    const first = await bench.mount({ machine: 'a' })
    await first.files.writeFile('/first', Buffer.from('committed'))
    await first.fileSystem.flush()
    first.kill()
    const second = await bench.mount({ machine: 'b', settings: { force: true } })
    await second.files.mkdir('/second', 0o755)
    await second.unmount()
    const again = await bench.mount({ machine: 'a' })
    expect((await again.files.readdir('/')).map(String).sort()).toEqual(['first', 'second'])
    await again.unmount()
  })
})

describe('a machine that slept through its removal', () => {
  it('removes nothing that the other one has made since', async () => {
    const checkpoint = { logBytesMin: 1 << 30, logObjectsMax: 3, partBytes: 1 << 20 }
    const asleep = new Gate(bench.backend)
    const first = await bench.mount({ machine: 'a', backend: asleep, settings: { checkpoint } })
    const commit = async (mounted: Mounted, name: string) => {
      await mounted.files.writeFile(`/${name}`, randomBytes(9000))
      await mounted.fileSystem.flush()
    }
    for (let n = 0; n < 5; n++) await commit(first, `a${n}`)
    // Its next checkpoint is written, and then the lid is closed.
    asleep.closed = (operation, key) =>
      operation === 'list' || (operation === 'delete' && key.startsWith('checkpoint/'))
    for (let n = 5; n < 9; n++) await commit(first, `a${n}`)
    expect(asleep.waiting).toBeGreaterThan(0)

    const second = await bench.mount({ machine: 'b', settings: { force: true, checkpoint } })
    for (let n = 0; n < 20; n++) await commit(second, `b${n}`)
    const expected = await treePicture(second.files)
    await second.unmount()

    asleep.open()
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(await rejectionCode(commit(first, 'late'))).toBe('FENCED')
    first.kill()
    const third = await bench.mount({ machine: 'c' })
    expect(await treePicture(third.files)).toEqual(expected)
    await third.unmount()
  })
})

describe('a refused commit', () => {
  it('that is our own record succeeded: only its answer was lost', async () => {
    const memory = new MemoryBackend(new Map(), Date.now)
    bench[Symbol.dispose]()
    bench = new EngineBench(memory)
    await bench.make()
    const backend = new FaultyBackend(memory)
    const mounted = await bench.mount({ backend })
    for (let n = 0; n < 3; n++) {
      await mounted.files.writeFile(`/f${n}`, Buffer.from(`${n}`))
      backend.faults.push({ operation: 'put', call: backend.calls.put + 1, when: 'after' })
      await mounted.fileSystem.flush()
    }
    expect(mounted.fileSystem.status().state).toBe('serving')
    await mounted.unmount()
    const other = await bench.mount({ machine: 'b' })
    expect((await other.files.readdir('/')).map(String).sort()).toEqual(['f0', 'f1', 'f2'])
    await other.unmount()
  })
})
