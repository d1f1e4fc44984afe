/**
 * Any sequence of operations on the engine agrees with a plain in-memory tree, answer by answer; again
 * after an unmount, after a crash that keeps the local state, and after one that loses it, where the
 * tree is as the last flush left it.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ReferenceOperations } from '../../src/conformance/reference-operations.ts'
import { silentLogger } from '../../src/core/services.ts'
import { MemoryFrontend } from '../../src/plugins/frontend-memory/memory-frontend.ts'
import { EngineBench, type Mounted } from '../support/engine-bench.ts'
import { treePicture } from '../support/tree-picture.ts'

const names = ['a', 'b', 'c', 'd']
const path = fc
  .array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
  .map((parts) => `/${parts.join('/')}`)
const offset = fc.oneof(
  fc.constantFrom(0, 1, 4095, 4096, 1048575, 1048576, 1048577, 3_000_000),
  fc.nat(2_500_000),
)
const length = fc.oneof(
  fc.constantFrom(0, 1, 4096, 1048576, 1048577),
  fc.nat(300_000),
  fc.nat(2_000),
)

type Call = (files: MemoryFrontend) => Promise<unknown>
type Step =
  | { readonly kind: 'call'; readonly what: string; readonly call: Call }
  | { readonly kind: 'flush' | 'remount' | 'kill' | 'lose' }

function call(what: string, body: Call): Step {
  return { kind: 'call', what, call: body }
}

/** Bytes that tell where they came from. */
function pattern(seed: number, size: number): Buffer {
  const bytes = Buffer.alloc(size, `${seed}.`)
  for (let at = 0; at + 4 < size; at += 997) bytes.writeUInt32LE(at ^ seed, at)
  return bytes
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: path.map((p) => call(`mkdir ${p}`, (f) => f.mkdir(p, 0o755))) },
  {
    weight: 12,
    arbitrary: fc
      .tuple(path, offset, length, fc.nat(1000))
      .map(([p, at, size, seed]) =>
        call(`write ${p} ${at} ${size} #${seed}`, (f) =>
          f.writeFile(p, pattern(seed, size), { offset: at }),
        ),
      ),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(path, offset)
      .map(([p, size]) => call(`truncate ${p} ${size}`, (f) => f.truncate(p, size))),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(path, offset, length)
      .map(([p, at, size]) =>
        call(`read ${p} ${at} ${size}`, async (f) =>
          (await f.read(p, at, size)).toString('latin1'),
        ),
      ),
  },
  { weight: 5, arbitrary: path.map((p) => call(`unlink ${p}`, (f) => f.unlink(p))) },
  { weight: 3, arbitrary: path.map((p) => call(`rmdir ${p}`, (f) => f.rmdir(p))) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(path, path, fc.constantFrom(0, 0, 0, 1, 2))
      .map(([p, q, flags]) => call(`rename ${p} ${q} ${flags}`, (f) => f.rename(p, q, flags))),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(path, path).map(([p, q]) => call(`link ${p} ${q}`, (f) => f.link(p, q))),
  },
  {
    weight: 2,
    arbitrary: path.map((p) => call(`symlink ${p}`, (f) => f.symlink('some/where', p))),
  },
  {
    weight: 2,
    arbitrary: path.map((p) => call(`mknod ${p}`, (f) => f.mknod(p, 0o010644, 0))),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(path, fc.nat(0o7777))
      .map(([p, mode]) => call(`chmod ${p} ${mode}`, (f) => f.chmod(p, mode))),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(path, fc.nat(3), fc.nat(3))
      .map(([p, uid, gid]) => call(`chown ${p} ${uid} ${gid}`, (f) => f.chown(p, uid, gid))),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(path, fc.constantFrom('user.x', 'user.y'), fc.nat(2), fc.string({ maxLength: 20 }))
      .map(([p, name, flags, value]) =>
        call(`setxattr ${p} ${name} ${flags}`, (f) => f.setxattr(p, name, value, flags)),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(path, fc.constantFrom('user.x', 'user.y'))
      .map(([p, name]) => call(`removexattr ${p} ${name}`, (f) => f.removexattr(p, name))),
  },
  {
    weight: 4,
    arbitrary: path.map((p) => call(`list ${p}`, async (f) => (await f.readdir(p)).sort())),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      { kind: 'flush' } as const,
      { kind: 'remount' } as const,
      { kind: 'kill' } as const,
      { kind: 'lose' } as const,
    ),
  },
)

async function answer(files: MemoryFrontend, body: Call): Promise<unknown> {
  try {
    return (await body(files)) ?? 'done'
  } catch (cause) {
    return (cause as { code?: string }).code ?? cause
  }
}

/** The engine and its model, side by side. */
class Pair {
  readonly #bench = new EngineBench()
  #mounted!: Mounted
  #model = new MemoryFrontend({ logger: silentLogger })
  /** What the model did since the last flush, to forget when the local state is lost. */
  #flushed: Call[] = []
  #since: Call[] = []

  async start(): Promise<void> {
    this.#mounted = await this.#bench.mount()
    await this.#model.attach(new ReferenceOperations())
  }

  async step(next: Step): Promise<void> {
    switch (next.kind) {
      case 'call': {
        const expected = await answer(this.#model, next.call)
        const found = await answer(this.#mounted.files, next.call)
        expect(found, next.what).toEqual(expected)
        this.#since.push(next.call)
        return
      }
      case 'flush':
        await this.#mounted.fileSystem.flush()
        this.#noteFlush()
        return
      case 'remount':
        await this.#mounted.unmount()
        this.#noteFlush()
        break
      case 'kill':
        this.#mounted.kill()
        break
      case 'lose':
        this.#mounted.kill()
        this.#bench.forget('a')
        this.#since = []
        this.#model = new MemoryFrontend({ logger: silentLogger })
        await this.#model.attach(new ReferenceOperations())
        for (const body of this.#flushed) await answer(this.#model, body)
        break
    }
    this.#mounted = await this.#bench.mount()
    await this.compare()
  }

  async compare(): Promise<void> {
    expect(await treePicture(this.#mounted.files)).toEqual(await treePicture(this.#model))
  }

  async end(): Promise<void> {
    await this.compare()
    await this.#mounted.unmount()
    this.#mounted = await this.#bench.mount({ machine: 'elsewhere' })
    await this.compare()
    this.#mounted.kill()
  }

  [Symbol.dispose](): void {
    this.#bench[Symbol.dispose]()
  }

  #noteFlush(): void {
    this.#flushed.push(...this.#since)
    this.#since = []
  }
}

describe('engine', () => {
  it('agrees with a plain tree through unmounts, crashes and lost machines', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }),
        async (steps) => {
          using pair = new Pair()
          await pair.start()
          for (const next of steps) await pair.step(next)
          await pair.end()
        },
      ),
      { numRuns: Number(process.env['STRATUS_PROPERTY_RUNS'] ?? 60) },
    )
  })
})
