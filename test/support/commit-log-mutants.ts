import type { Fixture, OpenCommitLog } from '../../src/conformance/index.ts'
import { type ObjectBackend, type Sequence, StratusError } from '../../src/core/index.ts'
import { MemoryBackend } from '../../src/plugins/backend-memory/memory-backend.ts'
import { BucketCommitLog } from '../../src/plugins/commit-log-bucket/bucket-commit-log.ts'

/** A log whose mutants reach the objects underneath. */
class OpenedLog extends BucketCommitLog {
  readonly backend: ObjectBackend

  constructor(backend: ObjectBackend) {
    super(backend)
    this.backend = backend
  }
}

/** Tells racing writers apart, and replaces a record that is older than the race. */
class ReplacesOldRecords extends OpenedLog {
  static readonly #racing = new WeakMap<ObjectBackend, Set<Sequence>>()

  override async append(sequence: Sequence, record: Uint8Array): Promise<void> {
    const racing = ReplacesOldRecords.#racing.get(this.backend) ?? new Set()
    ReplacesOldRecords.#racing.set(this.backend, racing)
    if (racing.has(sequence)) throw new StratusError('FENCED', 'another writer has committed')
    racing.add(sequence)
    await this.backend.put(this.key(sequence), record)
    await new Promise((resolve) => setImmediate(resolve))
    racing.delete(sequence)
  }
}

class LooksBeforeItAppends extends OpenedLog {
  override async append(sequence: Sequence, record: Uint8Array): Promise<void> {
    const there = await this.read(sequence)
    if (there === undefined) await this.backend.put(this.key(sequence), record)
    else await super.append(sequence, record)
  }
}

class TakesItsOwnRecordForAnothers extends OpenedLog {
  override async append(sequence: Sequence, record: Uint8Array): Promise<void> {
    await this.backend.put(this.key(sequence), record, { ifAbsent: true }).catch(() => {
      throw new StratusError('FENCED', 'another writer has committed')
    })
  }
}

class KeepsTheLastOne extends OpenedLog {
  override truncate(sequence: Sequence): Promise<void> {
    return super.truncate(sequence - 1)
  }
}

/** Answers from memory what it wrote itself, whatever has become of it. */
class BelievesItsOwnRecordsThere extends OpenedLog {
  readonly #written = new Set<Sequence>()

  override async append(sequence: Sequence, record: Uint8Array): Promise<void> {
    await super.append(sequence, record)
    this.#written.add(sequence)
  }

  override async has(sequence: Sequence): Promise<boolean> {
    return this.#written.has(sequence) || (await super.has(sequence))
  }
}

function fixture(Mutant: new (backend: ObjectBackend) => BucketCommitLog): Fixture<OpenCommitLog> {
  return {
    create() {
      const backend = new MemoryBackend(new Map(), () => 0)
      return () => new Mutant(backend)
    },
  }
}

/** For each rule, a log that breaks that rule and keeps the others. */
export const commitLogMutants = {
  'CL-01': fixture(ReplacesOldRecords),
  'CL-02': fixture(LooksBeforeItAppends),
  'CL-03': fixture(TakesItsOwnRecordForAnothers),
  'CL-04': fixture(KeepsTheLastOne),
  'CL-05': fixture(BelievesItsOwnRecordsThere),
}
