/**
 * Crashes without dying: at a moment of choice, a picture of all that a `kill -9` would leave, the local
 * state and the bucket, to be mounted later. One run of a workload thus dies at hundreds of places.
 */
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  MemoryBackend,
  type StoredObject,
} from '../../src/plugins/backend-memory/memory-backend.ts'

/** What a crash left. */
export interface CrashPicture {
  readonly name: string
  /** Folder with the machine's local state. */
  readonly stateDirectory: string
  readonly objects: Map<string, StoredObject>
  /** What the workload had been promised by then. */
  readonly acknowledged: number
  readonly committed: number
}

/** A workload's machine and bucket, to be photographed. */
export class CrashCamera {
  readonly pictures: CrashPicture[] = []
  /** Steps of the workload whose reply has arrived. */
  acknowledged = 0
  /** Steps that a flush has covered. */
  committed = 0
  readonly #taken = new Map<string, number>()

  /**
   * @param folder - where pictures go
   * @param stateDirectory - local state of the machine
   * @param objects - the bucket
   * @param each - most pictures under one name; they are taken at growing distances
   */
  constructor(
    private readonly folder: string,
    private readonly stateDirectory: string,
    private readonly objects: Map<string, StoredObject>,
    private readonly each: number,
  ) {}

  /** Takes a picture if enough has happened since the last one of this name. */
  take(name: string): void {
    const count = (this.#taken.get(name) ?? 0) + 1
    this.#taken.set(name, count)
    // At the first, second, fourth, seventh, eleventh, … time.
    const index = Math.round((Math.sqrt(8 * count - 7) - 1) / 2)
    if ((index * (index + 1)) / 2 + 1 !== count || index >= this.each) return
    const picture = join(this.folder, `picture-${this.pictures.length}`)
    mkdirSync(picture)
    cpSync(this.stateDirectory, picture, { recursive: true })
    this.pictures.push({
      name: `${name} #${count}`,
      stateDirectory: picture,
      objects: new Map(this.objects),
      acknowledged: this.acknowledged,
      committed: this.committed,
    })
  }

  /** Names that something was photographed under. */
  get seen(): string[] {
    return [...this.#taken.keys()]
  }
}

/** A bucket over a copy of objects. */
export function bucketOf(objects: ReadonlyMap<string, StoredObject>): MemoryBackend {
  return new MemoryBackend(new Map(objects), Date.now)
}
