/** The bucket tells nothing but object sizes and times, and sizes tell little. */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { paddedBytes } from '../../src/format/padme.ts'
import {
  MemoryBackend,
  type StoredObject,
} from '../../src/plugins/backend-memory/memory-backend.ts'
import { EngineBench } from '../support/engine-bench.ts'

let objects: Map<string, StoredObject>
let bench: EngineBench

beforeEach(() => {
  objects = new Map()
  bench = new EngineBench(new MemoryBackend(objects, Date.now))
})

afterEach(() => bench[Symbol.dispose]())

/** Bytes that no compressor makes smaller. */
function noise(seed: string, count: number): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; at < count; at += 32)
    chunks.push(createHash('sha256').update(`${seed}/${at}`).digest())
  return Buffer.concat(chunks).subarray(0, count)
}

function sizes(prefix: string): number[] {
  return [...objects].filter(([key]) => key.startsWith(prefix)).map(([, { body }]) => body.length)
}

describe('the bucket', () => {
  it('holds no name, target, attribute or content as it is', async () => {
    const checkpoint = { logBytesMin: 1 << 30, logObjectsMax: 5, partBytes: 1 << 16 }
    const mounted = await bench.mount({ settings: { checkpoint } })
    const secrets = [
      'Distinctive-File-Name',
      'distinctive.directory',
      'distinctive/target',
      'user.distinct',
    ]
    await mounted.files.mkdir('/distinctive.directory', 0o755)
    await mounted.files.symlink('distinctive/target', '/distinctive.directory/link')
    for (let size = 1; size <= 20_000; size = Math.ceil(size * 1.7)) {
      const path = `/distinctive.directory/Distinctive-File-Name-${size}`
      const content = `${'content that tells '.repeat(Math.ceil(size / 19))}`.slice(0, size)
      await mounted.files.writeFile(path, Buffer.from(content))
      await mounted.files.setxattr(path, 'user.distinct', 'value that tells', 0)
      await mounted.fileSystem.flush()
    }
    await mounted.files.writeFile('/large', Buffer.alloc(900_000, 'content that tells'))
    await mounted.unmount()
    secrets.push('content that tells', 'value that tells', 'a passphrase for tests')
    for (const [key, { body }] of objects) {
      const text = Buffer.from(body).toString('latin1')
      // What compression leaves of a text would still show some of it.
      for (const secret of [...secrets, 'Distinctive', 'tells', 'distinct']) {
        expect(text.includes(secret), `${secret} in ${key}`).toBe(false)
        expect(key.includes(secret)).toBe(false)
      }
    }
  })

  it('shows of a small commit only which of a few sizes it has', async () => {
    const mounted = await bench.mount()
    const before = new Set(objects.keys())
    const inputs: number[] = []
    for (let size = 1; size <= 20_000; size += 317) {
      inputs.push(size)
      await mounted.files.writeFile('/file', noise('few sizes', size), { offset: 0 })
      await mounted.fileSystem.flush()
    }
    const found = [...objects]
      .filter(([key]) => !before.has(key))
      .map(([, { body }]) => body.length)
    expect(found).toHaveLength(inputs.length)
    expect(Math.min(...found)).toBeGreaterThanOrEqual(4096)
    // Padmé leaves 16 sizes to each power of two here, and the objects are 4 KiB to 24 KiB.
    expect(new Set(found).size).toBeLessThanOrEqual(40)
    await mounted.unmount()
  })

  it('gives the same size to commits of any data up to nearly 4 KiB', async () => {
    const mounted = await bench.mount()
    const before = new Set(objects.keys())
    for (const size of [0, 1, 10, 100, 1000, 2000, 3000]) {
      await mounted.files.writeFile(`/file-${size}`, noise('same size', size))
      await mounted.fileSystem.flush()
    }
    const found = [...objects]
      .filter(([key]) => !before.has(key))
      .map(([, { body }]) => body.length)
    // The pack inside a log object is hidden by the padding of the whole.
    expect(new Set(found).size).toBeLessThanOrEqual(2)
    await mounted.unmount()
  })

  it('pads packs and checkpoint parts to the sizes of the scheme, give or take their fixed heads', async () => {
    const checkpoint = { logBytesMin: 1 << 30, logObjectsMax: 3, partBytes: 1 << 16 }
    const mounted = await bench.mount({ settings: { checkpoint } })
    for (let n = 0; n < 12; n++) {
      await mounted.files.writeFile(`/f${n}`, noise(`${n}`, 300_000 + 12_345 * n))
      await mounted.fileSystem.flush()
    }
    await mounted.unmount()
    const packs = sizes('pack/')
    expect(packs.length).toBeGreaterThan(5)
    expect(packs.filter((size) => paddedBytes(size) !== size)).toEqual([])
  })

  it('never holds the same object twice for the same content', async () => {
    const hashes = new Set<string>()
    for (let n = 0; n < 3; n++) {
      const mounted = await bench.mount({ machine: `m${n}` })
      await mounted.files.writeFile('/a', noise('twice', 5000))
      await mounted.files.unlink('/a')
      await mounted.files.writeFile('/a', noise('twice', 5000))
      await mounted.unmount()
    }
    for (const { body } of objects.values())
      hashes.add(createHash('sha256').update(body).digest('hex'))
    expect(hashes.size).toBe(objects.size)
  })
})
