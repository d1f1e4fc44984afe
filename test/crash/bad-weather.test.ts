/**
 * A bucket that refuses, forgets to answer or is gone for a while: writers wait, nothing that was
 * acknowledged is lost, commits go on when it is back, and reads fail without harm.
 */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { RecordingLogger } from '../../src/conformance/recording-logger.ts'
import {
  MemoryBackend,
  type StoredObject,
} from '../../src/plugins/backend-memory/memory-backend.ts'
import { BadWeather, dice, hastyClock, type Weather } from '../support/bad-weather.ts'
import { EngineBench } from '../support/engine-bench.ts'
import { rejectionCode } from '../support/error-code.ts'
import { treePicture } from '../support/tree-picture.ts'

const checkpoint = { logBytesMin: 1 << 30, logObjectsMax: 3, partBytes: 500 }

async function bench() {
  const objects = new Map<string, StoredObject>()
  const memory = new MemoryBackend(objects, Date.now)
  const made = new EngineBench(memory)
  await made.make()
  return { made, memory, objects, backend: new BadWeather(memory) }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('requests that fail now and then', () => {
  it.each([1, 2, 3, 4])('cost nothing but time, seed %i', async (seed) => {
    const { made, backend } = await bench()
    using _ = made
    const roll = dice(seed)
    const kinds: Weather[] = ['unavailable', 'denied', 'answerLost']
    const mounted = await made.mount({ backend, clock: hastyClock, settings: { checkpoint } })
    backend.weather = (operation) => {
      if (operation === 'get' || roll() > 0.3) return 'fine'
      return kinds[Math.floor(roll() * 3)] as Weather
    }
    for (let n = 0; n < 40; n++) {
      await mounted.files.writeFile(`/f${n % 7}`, randomBytes(n % 5 === 0 ? 400_000 : 20_000))
      if (n % 6 === 5) await mounted.files.unlink(`/f${n % 7}`)
      await mounted.fileSystem.flush()
    }
    expect(backend.failures).toBeGreaterThan(20)
    backend.weather = () => 'fine'
    const expected = await treePicture(mounted.files)
    await mounted.unmount()
    const other = await made.mount({ machine: 'b' })
    expect(await treePicture(other.files)).toEqual(expected)
    await other.unmount()
  })
})

describe('a bucket that is gone for a while', () => {
  it.each(['unavailable', 'denied'] as const)(
    '(%s) keeps nobody from writing and loses nothing',
    async (kind) => {
      const { made, backend } = await bench()
      using _ = made
      const mounted = await made.mount({ backend, clock: hastyClock })
      await mounted.files.writeFile('/before', randomBytes(300_000))
      await mounted.fileSystem.flush()
      backend.weather = () => kind
      let flushed = false
      await mounted.files.writeFile('/during', randomBytes(700_000))
      const flushing = mounted.fileSystem.flush().then(() => {
        flushed = true
      })
      for (let n = 0; n < 20; n++) {
        await mounted.files.writeFile(`/more-${n}`, randomBytes(10_000))
        await turns(10)
      }
      expect(flushed).toBe(false)
      expect(mounted.fileSystem.status().state).toBe('serving')
      expect(mounted.fileSystem.status().commit.trouble).toMatch(/for a test/)
      backend.weather = () => 'fine'
      await flushing
      await mounted.fileSystem.flush()
      expect(mounted.fileSystem.status().commit.trouble).toBeUndefined()
      const expected = await treePicture(mounted.files)
      mounted.kill()
      made.forget('a')
      const other = await made.mount({ machine: 'b', settings: { force: true } })
      expect(await treePicture(other.files)).toEqual(expected)
      await other.unmount()
    },
  )

  it('makes writers wait when the local disk has taken its share, until it is back', async () => {
    const { made, backend } = await bench()
    using _ = made
    const settings = { cacheBytes: 4 << 20 }
    const mounted = await made.mount({ backend, clock: hastyClock, settings })
    backend.weather = () => 'unavailable'
    const data = randomBytes(1 << 20)
    let written = 0
    const writing = (async () => {
      for (let n = 0; n < 8; n++) {
        await mounted.files.writeFile(`/f${n}`, data)
        written++
      }
    })()
    await turns(300)
    expect(written).toBeGreaterThan(0)
    expect(written).toBeLessThan(5)
    backend.weather = () => 'fine'
    await writing
    const expected = await treePicture(mounted.files)
    await mounted.unmount()
    const other = await made.mount({ machine: 'b' })
    expect(await treePicture(other.files)).toEqual(expected)
    await other.unmount()
  })

  it('and a kill meanwhile: the same machine has everything', async () => {
    const { made, backend } = await bench()
    using _ = made
    const mounted = await made.mount({ backend, clock: hastyClock, settings: { checkpoint } })
    await mounted.files.writeFile('/a', randomBytes(500_000))
    await mounted.fileSystem.flush()
    for (const kind of ['unavailable', 'answerLost', 'denied'] as const) {
      backend.weather = (operation) => (operation === 'put' ? kind : 'fine')
      await mounted.files.writeFile(`/${kind}`, randomBytes(500_000))
      mounted.fileSystem.flush().catch(() => {})
      await turns(50)
      await mounted.files.writeFile('/a', randomBytes(1000), { offset: 77 })
    }
    const expected = await treePicture(mounted.files)
    mounted.kill()
    await turns(10)
    const again = await made.mount()
    expect(await treePicture(again.files)).toEqual(expected)
    await again.unmount()
    const other = await made.mount({ machine: 'b' })
    expect(await treePicture(other.files)).toEqual(expected)
    await other.unmount()
  })

  it('at mount: a clear refusal, and the next mount is fine', async () => {
    const { made, backend } = await bench()
    using _ = made
    const first = await made.mount()
    await first.files.writeFile('/a', randomBytes(5000))
    await first.fileSystem.flush()
    await first.files.writeFile('/b', randomBytes(5000))
    const expected = await treePicture(first.files)
    first.kill()
    for (const failing of ['get', 'list']) {
      backend.weather = (operation) => (operation === failing ? 'unavailable' : 'fine')
      expect(await rejectionCode(made.mount({ backend }))).toBe('BACKEND_UNAVAILABLE')
    }
    const again = await made.mount()
    expect(await treePicture(again.files)).toEqual(expected)
    await again.unmount()
  })
})

describe('reads that fail', () => {
  it('are EIO, disturb nobody else, and work when the bucket is back', async () => {
    const { made, backend } = await bench()
    using _ = made
    const first = await made.mount()
    const data = randomBytes(2_500_000)
    await first.files.writeFile('/a', data)
    await first.unmount()
    const mounted = await made.mount({ machine: 'b', backend, clock: hastyClock })
    backend.weather = (operation, key) =>
      operation === 'get' && key.startsWith('pack/') ? 'unavailable' : 'fine'
    expect(await rejectionCode(mounted.files.readFile('/a'))).toBe('EIO')
    await mounted.files.writeFile('/b', Buffer.from('b'))
    await mounted.fileSystem.flush()
    expect(String(await mounted.files.readFile('/b'))).toBe('b')
    backend.weather = () => 'fine'
    expect(Buffer.compare(Buffer.from(await mounted.files.readFile('/a')), data)).toBe(0)
    await mounted.unmount()
  })
})

describe('a damaged block in a pack that is to be emptied', () => {
  it('keeps no commit and no unmount from ending well, and stays where it is', async () => {
    const { made, memory, objects } = await bench()
    using _ = made
    const logger = new RecordingLogger()
    const mounted = await made.mount({ logger, clock: hastyClock, settings: { checkpoint } })
    // A pack that loses most of its content, and a log object with a pack of its own.
    for (let n = 0; n < 4; n++) await mounted.files.writeFile(`/f${n}`, randomBytes(150_000))
    await mounted.fileSystem.flush()
    await mounted.files.writeFile('/small', randomBytes(9000))
    const keeps = Buffer.from(await mounted.files.readFile('/f3'))
    const small = Buffer.from(await mounted.files.readFile('/small'))
    await mounted.fileSystem.flush()
    for (let n = 0; n < 3; n++) await mounted.files.unlink(`/f${n}`)
    for (const [key, object] of objects) {
      if (!key.startsWith('pack/')) continue
      const body = Buffer.from(object.body)
      body.fill(0x55, body.length - 140_000, body.length - 100_000)
      objects.set(key, { ...object, body })
    }
    for (let n = 0; n < 20; n++) {
      await mounted.files.writeFile('/counter', Buffer.from(`${n}`), { offset: 0 })
      await mounted.fileSystem.flush()
    }
    expect(mounted.fileSystem.status().state).toBe('serving')
    await mounted.unmount()
    // Checkpoints go on, so that the log does not grow without end.
    expect(
      [...objects.keys()].filter((key) => key.startsWith('checkpoint/')).length,
    ).toBeGreaterThan(0)
    const other = await made.mount({ machine: 'b', backend: memory })
    expect(String(await other.files.readFile('/counter'))).toBe('19')
    expect(Buffer.compare(Buffer.from(await other.files.readFile('/small')), small)).toBe(0)
    expect(await rejectionCode(other.files.readFile('/f3'))).toBe('EIO')
    expect(keeps.length).toBe(150_000)
    await other.unmount()
  })
})
