/**
 * A file system for engine tests: real plugins, a real journal and view in a temporary folder, the
 * pipeline in this thread, and the memory frontend in front.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ObjectBackend } from '../../src/core/index.ts'
import { type Clock, type Logger, silentLogger } from '../../src/core/services.ts'
import { FileSystem } from '../../src/engine/file-system.ts'
import { makeFileSystem } from '../../src/engine/make-file-system.ts'
import { DirectPipeline } from '../../src/engine/pipeline/direct-pipeline.ts'
import { PipelineUnit } from '../../src/engine/pipeline/pipeline-unit.ts'
import type { FileSystemSettings } from '../../src/engine/tokens.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { systemRandom } from '../../src/host/system-random.ts'
import { MemoryBackend } from '../../src/plugins/backend-memory/memory-backend.ts'
import { LruPolicy } from '../../src/plugins/cache-lru/lru-policy.ts'
import { Aes256Gcm } from '../../src/plugins/cipher-aes-256-gcm/aes-256-gcm.ts'
import { BucketCommitLog } from '../../src/plugins/commit-log-bucket/bucket-commit-log.ts'
import { ZlibCompressor } from '../../src/plugins/compressor-zlib/zlib-compressor.ts'
import { ExactIndex } from '../../src/plugins/dedup-exact/exact-index.ts'
import { MemoryFrontend } from '../../src/plugins/frontend-memory/memory-frontend.ts'
import { openStore } from '../../src/plugins/metadata-sqlite/open-store.ts'
import { FixedSplitter } from '../../src/plugins/splitter-fixed/fixed-splitter.ts'

const passphrase = Buffer.from('a passphrase for tests')

interface MadeFileSystem {
  readonly fsId: Uint8Array
  readonly masterKey: Uint8Array
}

/** What a mount of a test may choose. */
export interface BenchMount {
  /** Local state; another name is another machine. */
  readonly machine?: string
  /** Where the local state is; default: a folder of the bench. */
  readonly stateDirectory?: string
  readonly logger?: Logger
  /** The bucket as this machine sees it; default: that of the bench. */
  readonly backend?: ObjectBackend
  readonly clock?: Clock
  readonly settings?: Partial<FileSystemSettings>
}

/** A mounted file system of a test. */
export interface Mounted {
  readonly fileSystem: FileSystem
  readonly files: MemoryFrontend
  /** Unmounts: everything is in the bucket when it resolves. */
  unmount(): Promise<void>
  /** As `kill -9`: nothing is flushed, files stay as they are. */
  kill(): void
}

/** One bucket, and any number of machines that mount it. */
export class EngineBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'stratus-engine-'))
  readonly #clock: Clock = systemClock
  readonly #random = systemRandom
  readonly #open: FileSystem[] = []
  #made: MadeFileSystem | undefined

  /** @param backend - the bucket; faults go here */
  constructor(readonly backend: ObjectBackend = new MemoryBackend(new Map(), Date.now)) {}

  async make(): Promise<void> {
    this.#made = await makeFileSystem(
      this.backend,
      {
        label: 'test',
        cipher: 1,
        passphrase,
        splitter: { id: 'fixed', options: {} },
        rootUid: 0,
        rootGid: 0,
        rootMode: 0o755,
        scryptCost: { logN: 10, r: 8, p: 1 },
      },
      { clock: this.#clock, random: this.#random },
    )
  }

  async mount(mount: BenchMount = {}): Promise<Mounted> {
    const machine = mount.machine ?? 'a'
    const stateDirectory = mount.stateDirectory ?? join(this.folder, machine)
    mkdirSync(stateDirectory, { recursive: true })
    if (this.#made === undefined) await this.make()
    const made = this.#made as MadeFileSystem
    const backend = mount.backend ?? this.backend
    const cipher = new Aes256Gcm()
    const compressor = new ZlibCompressor(1)
    const unit = new PipelineUnit({
      backend,
      cipher,
      splitter: new FixedSplitter(1 << 20),
      compressor,
      decompressors: () => compressor,
      masterKey: made.masterKey,
      fsId: made.fsId,
      random: this.#random,
    })
    const store = openStore({ path: join(stateDirectory, 'view.db'), cacheBytes: 1 << 26 })
    const fileSystem = new FileSystem(
      new DirectPipeline(unit),
      new BucketCommitLog(backend),
      store,
      new ExactIndex(store),
      new LruPolicy(),
      cipher,
      mount.clock ?? this.#clock,
      this.#random,
      mount.logger ?? silentLogger,
      {
        stateDirectory,
        cacheBytes: 256 << 20,
        commitIntervalMs: 3_600_000,
        fsync: 'journal',
        readOnly: false,
        force: false,
        acceptRollback: false,
        host: machine,
        machine: `${machine}/boot/1`,
        pid: 2 ** 22 + 1,
        retentionMs: 0,
        ...mount.settings,
      },
      { ...made, createdMs: 1_700_000_000_000, rootUid: 0, rootGid: 0, rootMode: 0o755 },
    )
    try {
      await fileSystem.start()
    } catch (cause) {
      store[Symbol.dispose]()
      throw cause
    }
    const files = new MemoryFrontend({ logger: silentLogger })
    await files.attach(fileSystem.operations, {
      mountPoint: '/',
      source: 'test',
      type: 'stratus',
      readOnly: false,
      allowOther: false,
    })
    this.#open.push(fileSystem)
    return {
      fileSystem,
      files,
      unmount: async () => {
        await files.detach()
        await fileSystem.close()
        store[Symbol.dispose]()
      },
      kill: () => {
        fileSystem.abandon()
        store[Symbol.dispose]()
      },
    }
  }

  /** What reads the bucket without a mount. */
  reader() {
    if (this.#made === undefined) throw new TypeError('nothing was made yet')
    const { masterKey, fsId } = this.#made
    const cipher = new Aes256Gcm()
    const compressor = new ZlibCompressor(1)
    const unit = new PipelineUnit({
      backend: this.backend,
      cipher,
      splitter: new FixedSplitter(1 << 20),
      compressor,
      decompressors: () => compressor,
      masterKey,
      fsId,
      random: this.#random,
    })
    const root = { rootUid: 0, rootGid: 0, rootMode: 0o755 }
    return {
      pipeline: new DirectPipeline(unit),
      cipher,
      sealing: { fsId, masterKey, cipher },
      identity: { fsId, masterKey, createdMs: 1_700_000_000_000, ...root },
    }
  }

  /** Loses a machine's disk. */
  forget(machine: string): void {
    rmSync(join(this.folder, machine), { recursive: true, force: true })
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
