import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BlockCache } from '../../../src/engine/blocks/block-cache.ts'
import { CacheFile } from '../../../src/engine/pipeline/cache-file.ts'
import type { CacheRun } from '../../../src/engine/pipeline/pipeline.ts'
import { LruPolicy } from '../../../src/plugins/cache-lru/lru-policy.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const UNIT = 4096

function makeCache(units: number) {
  const file = join(temporaryFolder(), 'blocks')
  const cache = new BlockCache(file, units * UNIT, new LruPolicy())
  const writer = new CacheFile()
  const add = (block: number, bytes: number): boolean => {
    const runs = cache.reserve(bytes)
    if (runs === undefined) return false
    expect(writer.write(file, runs, Buffer.alloc(bytes, block))).toBe(true)
    cache.admit(block, runs)
    return true
  }
  const read = (block: number, from: number, length: number): Buffer | undefined => {
    const target = Buffer.alloc(length, 0xee)
    return cache.read(block, from, target) ? target : undefined
  }
  const close = (): void => {
    cache.close()
    writer.close()
  }
  return { cache, add, read, file, close }
}

describe('a block cache', () => {
  it('gives back what was put in, from any place', () => {
    const { add, read, close } = makeCache(10)
    add(1, 3 * UNIT + 5)
    expect(read(1, 0, 3 * UNIT + 5)).toEqual(Buffer.alloc(3 * UNIT + 5, 1))
    expect(read(1, UNIT - 1, 10)).toEqual(Buffer.alloc(10, 1))
    expect(read(2, 0, 1)).toBeUndefined()
    close()
  })

  it('gives back a block that lies in many pieces', () => {
    const { cache, add, read, close } = makeCache(9)
    for (let block = 1; block <= 9; block++) add(block, UNIT)
    for (const block of [1, 3, 5, 7, 9]) cache.evict(block)
    add(20, 4 * UNIT + 100)
    expect(read(20, 0, 4 * UNIT + 100)).toEqual(Buffer.alloc(4 * UNIT + 100, 20))
    expect(read(20, UNIT + 7, 2 * UNIT)).toEqual(Buffer.alloc(2 * UNIT, 20))
    for (const block of [2, 4, 6, 8])
      expect(read(block, 0, UNIT)).toEqual(Buffer.alloc(UNIT, block))
    close()
  })

  it('drops the least recently used block when it is full', () => {
    const { add, read, close } = makeCache(3)
    for (const block of [1, 2, 3]) add(block, UNIT)
    read(1, 0, 1)
    add(4, UNIT)
    expect(read(2, 0, 1)).toBeUndefined()
    for (const block of [1, 3, 4]) expect(read(block, 0, 1)).toEqual(Buffer.from([block]))
    close()
  })

  it('never drops a pinned block, and says so when nothing else is left', () => {
    const { cache, add, read, close } = makeCache(2)
    add(1, UNIT)
    add(2, UNIT)
    cache.pin(1)
    cache.pin(1)
    cache.pin(2)
    expect(add(3, UNIT)).toBe(false)
    cache.unpin(1)
    expect(add(3, UNIT)).toBe(false)
    cache.unpin(1)
    expect(add(3, UNIT)).toBe(true)
    expect(read(1, 0, 1)).toBeUndefined()
    expect(read(2, 0, 1)).toEqual(Buffer.from([2]))
    close()
  })

  it('refuses a block larger than itself without dropping any other', () => {
    const { add, read, close } = makeCache(2)
    add(1, UNIT)
    expect(add(2, 2 * UNIT + 1)).toBe(false)
    expect(read(1, 0, 1)).toEqual(Buffer.from([1]))
    close()
  })

  it('loses no room to a block that came twice or was not used', () => {
    const { cache, close } = makeCache(4)
    for (let round = 0; round < 20; round++) {
      const one = cache.reserve(UNIT) as readonly CacheRun[]
      const two = cache.reserve(UNIT) as readonly CacheRun[]
      const three = cache.reserve(UNIT) as readonly CacheRun[]
      cache.admit(1, one)
      cache.admit(1, two)
      cache.release(three)
    }
    expect(cache.figures.usedBytes).toBe(UNIT)
    cache.clear()
    expect(cache.figures.usedBytes).toBe(0)
    close()
  })

  it('takes nothing over from a file that another session left', () => {
    const { file, close } = makeCache(2)
    close()
    writeFileSync(file, Buffer.alloc(UNIT, 9))
    const cache = new BlockCache(file, UNIT, new LruPolicy())
    expect(cache.has(1)).toBe(false)
    cache.close()
  })
})
