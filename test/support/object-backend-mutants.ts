import type { Fixture, ObjectBackendCapability } from '../../src/conformance/index.ts'
import {
  type GetOptions,
  type ObjectBackend,
  type ObjectEntry,
  type PutOptions,
  StratusError,
} from '../../src/core/index.ts'
import {
  MemoryBackend,
  type StoredObject,
} from '../../src/plugins/backend-memory/memory-backend.ts'

class KeepsCallersBuffer extends MemoryBackend {
  override async put(key: string, body: Uint8Array, options?: PutOptions): Promise<void> {
    await super.put(key, body, options)
    this.objects.set(key, { body, modifiedMs: 0 })
  }
}

class AnswersEmptyForAbsent extends MemoryBackend {
  override async get(key: string, options?: GetOptions): Promise<Uint8Array> {
    return await super.get(key, options).catch((error: StratusError) => {
      if (error.code !== 'OBJECT_NOT_FOUND') throw error
      return new Uint8Array()
    })
  }
}

class RefusesDeleteOfAbsent extends MemoryBackend {
  override async delete(key: string): Promise<void> {
    const there = this.objects.has(key)
    await super.delete(key)
    if (!there) throw new StratusError('OBJECT_NOT_FOUND', 'object not found')
  }
}

class ListsInInsertionOrder extends MemoryBackend {
  override async *list(prefix: string): AsyncIterable<ObjectEntry> {
    for (const [key, { body, modifiedMs }] of this.objects) {
      if (key.startsWith(prefix)) yield { key, sizeBytes: body.length, modifiedMs }
    }
  }
}

class CountsRangeEndsInclusively extends MemoryBackend {
  override get(key: string, { range, ...rest }: GetOptions = {}): Promise<Uint8Array> {
    return super.get(key, { ...rest, range: range && { ...range, length: range.length + 1 } })
  }
}

class SharesOneBuffer extends MemoryBackend {
  #pending = new Uint8Array()

  override async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    if (options.ifAbsent) return await super.put(key, body, options)
    this.#pending = new Uint8Array(body)
    await Promise.resolve()
    await super.put(key, this.#pending, options)
  }
}

class WritesInTwoSteps extends MemoryBackend {
  override async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    if (!options.ifAbsent && this.objects.has(key)) {
      await super.put(key, body.subarray(0, body.length / 2), options)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await super.put(key, body, options)
  }
}

/** Keeps races apart, and overwrites what was there before the race. */
class CreatesOverExisting extends MemoryBackend {
  readonly #racing = new Map<string, number>()

  override async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    if (!options.ifAbsent) return await super.put(key, body, options)
    const racing = this.#racing.get(key) ?? 0
    this.#racing.set(key, racing + 1)
    try {
      await super.put(key, body, { ...options, ifAbsent: racing > 0 })
      await new Promise((resolve) => setImmediate(resolve))
    } finally {
      this.#racing.delete(key)
    }
  }
}

class LooksBeforeItCreates extends MemoryBackend {
  override async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<void> {
    if (options.ifAbsent && this.objects.has(key)) {
      throw new StratusError('OBJECT_EXISTS', 'object exists')
    }
    await Promise.resolve()
    await super.put(key, body, { ...options, ifAbsent: false })
  }
}

class RefusesRangesPastTheEnd extends MemoryBackend {
  override async get(key: string, options: GetOptions = {}): Promise<Uint8Array> {
    const part = await super.get(key, options)
    if (options.range === undefined || part.length === options.range.length) return part
    throw new StratusError('OPTIONS_INVALID', 'range not satisfiable')
  }
}

class FoldsCase extends MemoryBackend {
  override put(key: string, body: Uint8Array, options?: PutOptions): Promise<void> {
    return super.put(key.toLowerCase(), body, options)
  }

  override get(key: string, options?: GetOptions): Promise<Uint8Array> {
    return super.get(key.toLowerCase(), options)
  }
}

type Mutant = new (objects: Map<string, StoredObject>, nowMs: () => number) => MemoryBackend

function fixture(Mutant: Mutant): Fixture<ObjectBackend, ObjectBackendCapability> {
  return { create: () => new Mutant(new Map(), () => 0) }
}

/** For each rule, a backend that breaks that rule and keeps the others. */
export const objectBackendMutants = {
  'OB-01': fixture(KeepsCallersBuffer),
  'OB-02': fixture(AnswersEmptyForAbsent),
  'OB-03': fixture(RefusesDeleteOfAbsent),
  'OB-04': fixture(ListsInInsertionOrder),
  'OB-05': fixture(CountsRangeEndsInclusively),
  'OB-06': fixture(SharesOneBuffer),
  'OB-07': fixture(WritesInTwoSteps),
  'OB-08': fixture(CreatesOverExisting),
  'OB-09': fixture(LooksBeforeItCreates),
  'OB-10': fixture(RefusesRangesPastTheEnd),
  'OB-11': fixture(FoldsCase),
}
