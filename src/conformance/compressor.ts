import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Compressor } from '../core/compressor.ts'
import { StratusError } from '../core/errors.ts'
import type { ConformanceCase } from './case.ts'
import { expectBytes, expectFailure } from './expectations.ts'
import { noise } from './sample-bytes.ts'

/** Compressors of one format, one for each level worth checking. At least one. */
export type CompressorLevels = readonly [Compressor, ...Compressor[]]

/** Plaintext of the block that inflates a lot, bytes. */
const BOMB_BYTES = 32 * 1024 * 1024

/** What the bomb claims to be, bytes. */
const BOMB_STATED_BYTES = 1024

/** Memory that reading the bomb may take, bytes: buffers of a library, but not the plaintext. */
const BOMB_MEMORY_BYTES_MAX = 8 * 1024 * 1024

/** Runs a full garbage collection, also in a process that was not started with `--expose-gc`. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

/** The rules of {@link Compressor}. */
export const compressorCases: readonly ConformanceCase<CompressorLevels>[] = [
  {
    id: 'CO-01',
    rule: 'decompress gives back what compress was given, at every level and size',
    async run(levels) {
      for (const compressor of levels) {
        const blocks = samples().map((plain) => ({ plain, given: plain.slice() }))
        const compressed: Uint8Array[] = []
        // All before the first is read: a result that shares memory with the next one shows.
        for (const { given } of blocks) {
          compressed.push(await compressor.compress(given))
          given.fill(0xee)
        }
        for (const [n, { plain }] of blocks.entries()) {
          const actual = await compressor.decompress(at(compressed, n), plain.length)
          expectBytes(actual, plain, `block of ${plain.length} bytes`)
        }
      }
    },
  },
  {
    id: 'CO-02',
    rule: 'decompress returns exactly plainBytes bytes or rejects with DATA_CORRUPT',
    async run([compressor]) {
      const plain = text(5000)
      const compressed = await compressor.compress(plain)
      for (const plainBytes of [0, 1, plain.length - 1, plain.length + 1, plain.length * 2]) {
        await expectSizeOrCorrupt(compressor, compressed, plainBytes)
      }
    },
  },
  {
    id: 'CO-03',
    rule: 'decompress never inflates past plainBytes',
    async run([compressor]) {
      const bomb = await compressor.compress(new Uint8Array(BOMB_BYTES))
      // What earlier rules left behind must not be collected, and counted as saved, in between.
      collectGarbage()
      const before = process.memoryUsage().arrayBuffers
      await expectFailure('DATA_CORRUPT', 'a block that inflates', () =>
        compressor.decompress(bomb, BOMB_STATED_BYTES),
      )
      const grownBytes = process.memoryUsage().arrayBuffers - before
      assert.ok(grownBytes <= BOMB_MEMORY_BYTES_MAX, `allocated ${grownBytes} bytes`)
    },
  },
  {
    id: 'CO-04',
    rule: 'damaged input gives DATA_CORRUPT or bytes of the right length, and no other error',
    async run([compressor]) {
      const plain = text(3000)
      const compressed = await compressor.compress(plain)
      for (const damaged of damages(compressed)) {
        await expectSizeOrCorrupt(compressor, damaged, plain.length)
      }
      const intact = await compressor.decompress(compressed, plain.length)
      expectBytes(intact, plain, 'the intact block after the damaged ones')
    },
  },
  {
    id: 'CO-05',
    rule: 'any level reads what any other wrote',
    async run(levels) {
      const plain = text(5000)
      for (const writer of levels) {
        const compressed = await writer.compress(plain)
        for (const reader of levels) {
          assert.equal(reader.formatId, writer.formatId)
          const actual = await reader.decompress(compressed, plain.length)
          expectBytes(actual, plain, 'block of another level')
        }
      }
    },
  },
]

function samples(): Uint8Array[] {
  return [
    new Uint8Array(),
    Uint8Array.of(7),
    text(100),
    text(300_000),
    new Uint8Array(1024 * 1024),
    noise(100_000),
  ]
}

/** Bytes that repeat the way prose does: they shrink, and not to nothing. */
function text(count: number): Uint8Array {
  const words = 'every block is authenticated before a byte of it is returned to its file'.split(
    ' ',
  )
  const choices = noise(count)
  const bytes = Buffer.alloc(count)
  let written = 0
  for (let n = 0; written < count; n++) {
    written += bytes.write(`${words[at(choices, n) % words.length]} `, written, 'latin1')
  }
  return new Uint8Array(bytes)
}

/** Every truncation of a sample, and a flipped bit at every place of it. */
function damages(compressed: Uint8Array): Uint8Array[] {
  // `slice` of a buffer would copy nothing.
  const intact = new Uint8Array(compressed)
  const step = Math.max(1, Math.floor(intact.length / 100))
  const damaged: Uint8Array[] = []
  for (let n = 0; n < intact.length; n += n < 20 ? 1 : step) {
    const flipped = intact.slice()
    flipped[n] = at(intact, n) ^ (1 << (n % 8))
    damaged.push(intact.slice(0, n), flipped)
  }
  return damaged
}

async function expectSizeOrCorrupt(
  compressor: Compressor,
  compressed: Uint8Array,
  plainBytes: number,
): Promise<void> {
  try {
    const actual = await compressor.decompress(compressed, plainBytes)
    assert.equal(actual.length, plainBytes, 'size of the result')
  } catch (error) {
    if (!(error instanceof StratusError) || error.code !== 'DATA_CORRUPT') throw error
  }
}

function at<T>(values: ArrayLike<T>, n: number): T {
  const value = values[n]
  assert.ok(value !== undefined)
  return value
}
