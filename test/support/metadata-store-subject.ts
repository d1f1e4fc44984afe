import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MetadataStoreSubject } from '../../src/conformance/index.ts'
import type { MetadataStore } from '../../src/core/metadata-store.ts'
import { Connection } from '../../src/plugins/metadata-sqlite/connection.ts'
import { SqliteStore } from '../../src/plugins/metadata-sqlite/sqlite-store.ts'

/** Makes a store over a connection; a mutant puts its own class here. */
type StoreClass = new (connection: Connection) => MetadataStore

/** A store in a folder of its own. A crash is a copy of its files. */
export class SqliteStoreSubject implements MetadataStoreSubject, Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'stratus-test-'))
  readonly #opened: Disposable[] = []
  readonly #Store: StoreClass
  #copies = 0
  readonly store: MetadataStore

  constructor(Store: StoreClass = SqliteStore) {
    this.#Store = Store
    this.store = this.#open('view.db')
  }

  reopen(): MetadataStore {
    this.store[Symbol.dispose]()
    return this.#open('view.db')
  }

  crash(): MetadataStore {
    this.#copies += 1
    const copy = `copy-${this.#copies}.db`
    for (const suffix of ['', '-wal']) {
      const source = join(this.#folder, `view.db${suffix}`)
      if (existsSync(source)) copyFileSync(source, join(this.#folder, `${copy}${suffix}`))
    }
    return this.#open(copy)
  }

  [Symbol.dispose](): void {
    for (const store of this.#opened) store[Symbol.dispose]()
    rmSync(this.#folder, { recursive: true })
  }

  #open(name: string): MetadataStore {
    const path = join(this.#folder, name)
    const store = new this.#Store(new Connection({ path, cacheBytes: 1024 * 1024 }))
    this.#opened.push(store)
    return store
  }
}
