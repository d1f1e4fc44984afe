import { type Token, token } from './token.ts'

/** What a backend can do beyond the required operations. */
export interface ObjectBackendCapabilities {
  /** `put` honours `ifAbsent`: of several concurrent writers of one key exactly one wins. */
  readonly conditionalPut: boolean
  /** Largest accepted body, in bytes. */
  readonly maxObjectBytes: number
  /** Requests the backend serves well at once. Callers keep at most this many in flight. */
  readonly maxConcurrency: number
  /**
   * Instances in different threads, made from the same options, reach the same objects. Only a store
   * that lives in the memory of one thread says `false`; the pipeline then stays in that thread.
   */
  readonly sharedBetweenThreads: boolean
}

/** Half-open byte range `[offset, offset + length)`. Both in bytes, `length` at least 1. */
export interface ByteRange {
  /** First byte. */
  readonly offset: number
  /** Count of bytes. */
  readonly length: number
}

/** Options every call takes. */
export interface CallOptions {
  /** Cancels the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `put`. */
export interface PutOptions extends CallOptions {
  /** Succeed only if the key is absent, else reject with `OBJECT_EXISTS`. Needs `conditionalPut`. */
  readonly ifAbsent?: boolean | undefined
}

/** Options of `get`. */
export interface GetOptions extends CallOptions {
  /** The part to read. Default: the whole object. */
  readonly range?: ByteRange | undefined
}

/** One object as `list` reports it. */
export interface ObjectEntry {
  /** The whole key. */
  readonly key: string
  /** Size of the body. */
  readonly sizeBytes: number
  /** When the store says the object was written, milliseconds since 1970. */
  readonly modifiedMs: number
}

/**
 * Stores immutable objects under string keys.
 *
 * The engine relies on five properties; the conformance rules that check them are in brackets.
 *
 * - **Durable.** When `put` or `delete` resolves, its effect survives loss of power at this client. No
 *   rule can check this from outside; the crash tests cover it for the local backend.
 * - **Atomic.** A reader sees the old object or the new one, each whole. [OB-07]
 * - **Exclusive create.** With `ifAbsent` one of several writers wins, the others get
 *   `OBJECT_EXISTS`, and the winner's bytes stay. [OB-08, OB-09]
 * - **Read after write.** `get` sees an object once its `put` resolved. `list` should, but the engine
 *   never depends on it. [OB-01, OB-04]
 * - **Shared.** Calls may overlap, from one client or several. [OB-06]
 *
 * Bodies arrive compressed and encrypted; a backend stores them as they are. An implementation makes
 * **one attempt** per call: retry, limits and metrics wrap every backend from outside.
 *
 * @see `docs/contracts/object-backend.md` for the reasons and an author's checklist
 */
export interface ObjectBackend extends AsyncDisposable {
  /** Fixed for the lifetime of the instance. */
  readonly capabilities: ObjectBackendCapabilities

  /**
   * Stores `body` under `key`, replacing what was there unless `ifAbsent` is set. [OB-01, OB-08]
   *
   * @param key - 1 to 512 bytes of `[A-Za-z0-9._/-]`; no empty, `.` or `..` part between slashes [OB-11]
   * @param body - the whole object; the caller keeps ownership and may reuse it once this resolves
   * @throws StratusError `OBJECT_EXISTS` with `ifAbsent`, when the key is taken
   * @throws StratusError `BACKEND_UNAVAILABLE` when another attempt may succeed; whether the
   *   object was stored is then unknown
   * @throws StratusError `BACKEND_DENIED` when the credentials do not allow it
   */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<void>

  /**
   * Reads an object, or the part of it in `range`. [OB-01, OB-05]
   *
   * A range that reaches past the end of the object yields the bytes there are; one that starts at or
   * past the end yields none. [OB-10]
   *
   * @returns bytes the caller owns
   * @throws StratusError `OBJECT_NOT_FOUND` when no object has this key [OB-02]
   */
  get(key: string, options?: GetOptions): Promise<Uint8Array>

  /** Removes an object. Removing a key that is absent succeeds. [OB-03] */
  delete(key: string, options?: CallOptions): Promise<void>

  /** Yields every object whose key starts with `prefix` once, in ascending byte order. [OB-04] */
  list(prefix: string, options?: CallOptions): AsyncIterable<ObjectEntry>
}

/** Token of the contract {@link ObjectBackend}. */
export const ObjectBackend: Token<ObjectBackend> = token('ObjectBackend')
