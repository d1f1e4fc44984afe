import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ObjectBackend } from '../../src/core/index.ts'
import type { Claim, DataRange } from '../../src/engine/pipeline/pipeline.ts'
import { PipelineUnit, type PipelineUnitParts } from '../../src/engine/pipeline/pipeline-unit.ts'
import {
  MemoryBackend,
  type StoredObject,
} from '../../src/plugins/backend-memory/memory-backend.ts'
import { ZlibCompressor } from '../../src/plugins/compressor-zlib/zlib-compressor.ts'
import { FixedSplitter } from '../../src/plugins/splitter-fixed/fixed-splitter.ts'
import { sampleContext } from './sealed-samples.ts'

/** Block size of test pipelines, bytes. */
export const TEST_BLOCK_BYTES = 64 * 1024

/** Returns a unit over `backend`, with small blocks and packs of 1 MiB. */
export function testUnit(
  backend: ObjectBackend,
  parts: Partial<PipelineUnitParts> = {},
): PipelineUnit {
  const compressor = new ZlibCompressor(1)
  return new PipelineUnit({
    ...sampleContext(),
    backend,
    splitter: new FixedSplitter(TEST_BLOCK_BYTES),
    compressor,
    decompressors: () => compressor,
    random: { bytes: (count) => new Uint8Array(randomBytes(count)) },
    packBytes: 1024 * 1024,
    ...parts,
  })
}

/** Returns a backend in memory, over objects that several instances may share. */
export function memoryBackend(objects = new Map<string, StoredObject>()): MemoryBackend {
  return new MemoryBackend(objects, () => 0)
}

/** Gives every content a block number, as the core thread does. */
export class TestClaims {
  readonly blocks = new Map<string, number>()
  asked = 0

  readonly claim = (digest: Uint8Array): Claim => {
    this.asked += 1
    const key = Buffer.from(digest).toString('hex')
    const known = this.blocks.get(key)
    if (known !== undefined) return { block: known, fresh: false }
    const block = this.blocks.size + 1
    this.blocks.set(key, block)
    return { block, fresh: true }
  }
}

/** A journal segment with the data of some files in it, in a folder of its own. */
export class TestSegment implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'stratus-test-'))
  readonly file = join(this.folder, 'segment')
  readonly ranges: DataRange[] = []

  /**
   * @param writes - data in the order of the journal; something else lies between any two
   */
  constructor(writes: readonly { ino: number; offset: number; data: Uint8Array }[]) {
    const parts: Uint8Array[] = []
    let position = 0
    for (const { ino, offset, data } of writes) {
      const gap = Buffer.from('-- another record --')
      position += gap.length
      this.ranges.push({ file: this.file, position, length: data.length, ino, offset })
      position += data.length
      parts.push(gap, data)
    }
    writeFileSync(this.file, Buffer.concat(parts))
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true })
  }
}

/** Returns bytes that compress well and differ for each `seed`. */
export function compressibleBytes(count: number, seed: number): Uint8Array {
  return Buffer.alloc(count, `line ${seed} of a text that says little; `)
}
