/**
 * What is there after a crash: with the local state, everything acknowledged; without it, exactly the
 * last commit.
 */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineBench } from '../support/engine-bench.ts'

let bench: EngineBench

beforeEach(() => {
  bench = new EngineBench()
})

afterEach(() => bench[Symbol.dispose]())

describe('recovery', () => {
  it('after an unmount another machine finds the same tree', async () => {
    const first = await bench.mount()
    const big = randomBytes(3_500_000)
    await first.files.mkdir('/a', 0o755)
    await first.files.writeFile('/a/big', big)
    await first.files.writeFile('/a/small', Buffer.from('hello'))
    await first.files.symlink('target', '/a/link')
    await first.unmount()

    const second = await bench.mount({ machine: 'b' })
    expect((await second.files.readdir('/a')).map(String).sort()).toEqual(['big', 'link', 'small'])
    expect(Buffer.compare(Buffer.from(await second.files.readFile('/a/big')), big)).toBe(0)
    expect(Buffer.from(await second.files.readFile('/a/small')).toString()).toBe('hello')
    await second.unmount()
  })

  it('after a kill the same machine has everything acknowledged, committed or not', async () => {
    const first = await bench.mount()
    await first.files.writeFile('/one', Buffer.from('committed'))
    await first.fileSystem.flush()
    await first.files.writeFile('/two', Buffer.from('only in the journal'))
    await first.files.writeFile('/one', Buffer.from('overwritten'))
    await first.files.unlink('/two')
    await first.files.writeFile('/three', Buffer.from('3'))
    first.kill()

    const second = await bench.mount()
    expect(Buffer.from(await second.files.readFile('/one')).toString()).toBe('overwritten')
    expect((await second.files.readdir('/')).map(String).sort()).toEqual(['one', 'three'])
    await second.unmount()

    const third = await bench.mount({ machine: 'b' })
    expect(Buffer.from(await third.files.readFile('/one')).toString()).toBe('overwritten')
    expect((await third.files.readdir('/')).map(String).sort()).toEqual(['one', 'three'])
    await third.unmount()
  })

  it('after a kill without local state the last commit is there, nothing of what followed', async () => {
    const first = await bench.mount()
    await first.files.writeFile('/one', Buffer.from('committed'))
    await first.fileSystem.flush()
    await first.files.writeFile('/one', Buffer.from('lost'))
    await first.files.writeFile('/two', Buffer.from('lost too'))
    first.kill()
    bench.forget('a')

    const second = await bench.mount()
    expect(Buffer.from(await second.files.readFile('/one')).toString()).toBe('committed')
    expect((await second.files.readdir('/')).map(String)).toEqual(['one'])
    await second.unmount()
  })
})
