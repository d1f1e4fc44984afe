import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Errno, PosixError } from '../core/errors.ts'
import type { AttachRequest, Frontend } from '../core/frontend.ts'
import type { Operations } from '../core/operations.ts'
import type { ByteString } from '../core/units.ts'
import { alteredOperations } from './altered-operations.ts'
import type { ConformanceCase } from './case.ts'
import { ReferenceOperations } from './reference-operations.ts'

/**
 * What programs do with an attached file system. Paths start at its root; a failure rejects with an error
 * that has the name of the errno as its `code`, as in `node:fs`.
 */
export interface FrontendPrograms {
  /** Makes a directory. */
  mkdir(path: string): Promise<unknown>
  /** Makes the file if it is missing. Resolves once the file is closed. */
  writeFile(path: string, data: string): Promise<unknown>
  /** Reads a whole file. */
  readFile(path: string): Promise<Uint8Array>
  /** Names in a directory, in any order. */
  readdir(path: string): Promise<string[]>
  /** Renames a file or directory. */
  rename(from: string, to: string): Promise<unknown>
  /** Removes a file. */
  unlink(path: string): Promise<unknown>
  /** Sets permission bits. */
  chmod(path: string, mode: number): Promise<unknown>
  /** Returns the size of a file. */
  stat(path: string): Promise<{ readonly size: number }>
}

/** A frontend under test. Disposing of it detaches the frontend if need be. */
export interface FrontendSubject {
  readonly frontend: Frontend
  /** Where to attach it. */
  readonly request: AttachRequest
  readonly programs: FrontendPrograms
  /** Lines of level `error` logged so far. */
  errorsLogged(): number
}

/** Answers of `mkdir` that a kernel passes on as they are. */
const errnos: readonly Errno[] = ['EPERM', 'EACCES', 'EEXIST', 'EXDEV', 'ENOSPC', 'EROFS', 'EMLINK']

/** How long a change must not be answered while the engine has not settled, milliseconds. */
const UNSETTLED_MS = 50

/** How long a frontend may take to do what it has to do, milliseconds. */
const PATIENCE_MS = 5000

/** The rules of {@link Frontend}. The kit supplies the operations. */
export const frontendCases: readonly ConformanceCase<FrontendSubject>[] = [
  {
    id: 'FE-01',
    rule: 'programs can use the file system as soon as attach resolves, and until detach',
    async run({ frontend, request, programs }) {
      await frontend.attach(new ReferenceOperations(), request)
      await programs.mkdir('/folder')
      await programs.writeFile('/folder/file', 'content')
      assert.equal(Buffer.from(await programs.readFile('/folder/file')).toString(), 'content')
      assert.equal((await programs.stat('/folder/file')).size, 7)
      for (let n = 0; n < 300; n++) await programs.writeFile(`/folder/${n}`, '')
      assert.equal(new Set(await programs.readdir('/folder')).size, 301)
      await programs.rename('/folder/file', '/moved')
      await programs.unlink('/moved')
      assert.deepEqual(await programs.readdir('/'), ['folder'])
      await frontend.detach()
      await frontend.detached
    },
  },
  {
    id: 'FE-02',
    rule: 'a PosixError reaches the program as its errno, any other error as EIO, logged once',
    async run(subject) {
      const { programs } = subject
      await serve(subject, refusing(new ReferenceOperations()))
      await assert.rejects(programs.stat('/absent'), { code: 'ENOENT' })
      for (const errno of errnos) {
        await assert.rejects(programs.mkdir(`/now ${errno}`), { code: errno })
        await assert.rejects(programs.mkdir(`/later ${errno}`), { code: errno })
      }
      assert.equal(subject.errorsLogged(), 0, 'an answer is no failure')
      await assert.rejects(programs.mkdir('/now broken'), { code: 'EIO' })
      assert.equal(subject.errorsLogged(), 1)
      await assert.rejects(programs.mkdir('/later broken'), { code: 'EIO' })
      assert.equal(subject.errorsLogged(), 2)
      await programs.mkdir('/after')
      await subject.frontend.detach()
    },
  },
  {
    id: 'FE-03',
    rule: 'a change is answered only after settle',
    async run(subject) {
      const { programs } = subject
      const gate = new SettleGate()
      const operations = alteredOperations(new ReferenceOperations(), {
        settle: () => gate.settle(),
      })
      await serve(subject, operations)
      const changes: (() => Promise<unknown>)[] = [
        () => programs.mkdir('/folder'),
        () => programs.writeFile('/file', 'content'),
        () => programs.chmod('/file', 0o600),
        () => programs.rename('/file', '/moved'),
        () => programs.unlink('/moved'),
      ]
      for (const change of changes) {
        gate.close()
        let answered = false
        const answer = change().finally(() => {
          answered = true
        })
        await until(() => answered || gate.waiting)
        await sleep(UNSETTLED_MS)
        assert.equal(answered, false, 'answered before settle')
        gate.open()
        await answer
      }
      await subject.frontend.detach()
    },
  },
  {
    id: 'FE-04',
    rule: 'every reference is returned once, at the latest when the frontend detaches',
    async run(subject) {
      const { frontend, programs } = subject
      const operations = new ReferenceOperations()
      await serve(subject, operations)
      await programs.mkdir('/a')
      await programs.mkdir('/a/b')
      for (let n = 0; n < 10; n++) await programs.writeFile(`/a/b/${n}`, 'content')
      for (const name of await programs.readdir('/a/b')) await programs.stat(`/a/b/${name}`)
      await assert.rejects(programs.stat('/a/b/absent'), { code: 'ENOENT' })
      await assert.rejects(programs.mkdir('/a/b'), { code: 'EEXIST' })
      await programs.rename('/a/b/1', '/a/b/2')
      await programs.unlink('/a/b/3')
      await frontend.detach()
      await frontend.detached
      assert.equal(operations.references, 0, 'references left')
      assert.equal(operations.overdrawn, 0, 'references returned twice')
    },
  },
]

/** Attaches, and waits until it serves: whether it does at once is the matter of one rule only. */
async function serve(subject: FrontendSubject, operations: Operations): Promise<void> {
  await subject.frontend.attach(operations, subject.request)
  let serves = false
  await until(async () => {
    serves = await subject.programs.stat('/').then(
      () => true,
      () => false,
    )
    return serves
  })
}

/** Waits for a condition, or until patience ends. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await condition()) && performance.now() < deadline) await sleep(1)
}

/** Lets `mkdir` fail with what the name says, at once or later. */
function refusing(operations: ReferenceOperations): Operations {
  const failure = (name: ByteString) => {
    const reason = name.split(' ')[1] ?? ''
    const errno = errnos.find((known) => known === reason)
    return errno === undefined ? new TypeError(reason) : new PosixError(errno)
  }
  return alteredOperations(operations, {
    mkdir(parent, name, mode, caller) {
      if (name.startsWith('now ')) throw failure(name)
      if (name.startsWith('later ')) return sleep(1).then(() => Promise.reject(failure(name)))
      return operations.mkdir(parent, name, mode, caller)
    },
  })
}

/** Holds `settle` back while it is closed. */
class SettleGate {
  #closed: Promise<void> | undefined
  #open: () => void = () => {}
  /** Whether somebody waits. */
  waiting = false

  close(): void {
    this.waiting = false
    this.#closed = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  open(): void {
    this.#closed = undefined
    this.#open()
  }

  settle(): Promise<void> | undefined {
    this.waiting = true
    return this.#closed
  }
}
