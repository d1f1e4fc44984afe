import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { CachePolicy } from './cache-policy.ts'
import type { Cipher } from './cipher.ts'
import type { CommitLog } from './commit-log.ts'
import type { Compressor } from './compressor.ts'
import type { DedupIndex } from './dedup-index.ts'
import type { Frontend } from './frontend.ts'
import type { MetadataStore } from './metadata-store.ts'
import type { ObjectBackend } from './object-backend.ts'
import type { Logger } from './services.ts'
import type { Splitter } from './splitter.ts'
import type { Token } from './token.ts'

/** Version of the interface between plugins and host. */
export const PLUGIN_API_VERSION = 1

/** Which contract each kind of plugin supplies. Extend by declaration merging. */
export interface PluginKinds {
  backend: ObjectBackend
  splitter: Splitter
  dedup: DedupIndex
  compressor: Compressor
  cipher: Cipher
  cache: CachePolicy
  metadata: MetadataStore
  'commit-log': CommitLog
  frontend: Frontend
}

/** A kind of plugin, as written in the configuration file. */
export type PluginKind = keyof PluginKinds

/** What the host hands to a plugin while building it. */
export interface PluginContext {
  /** Logger already named after the plugin. */
  readonly logger: Logger
  /**
   * Returns another contract of the same file system. In pipeline threads only `Logger`, `Clock` and
   * `Random` exist; in the core thread also what was built before: backend, metadata, commit log.
   */
  resolve<T>(token: Token<T>): T
}

/**
 * The default export of a plugin module.
 *
 * Plugins are made from plain options, because backends, splitters, compressors and ciphers are built
 * once in each thread that needs them.
 */
export interface PluginDefinition<Kind extends PluginKind = PluginKind, Options = unknown> {
  /** {@link PLUGIN_API_VERSION} the plugin was written for. The host refuses versions it does not know. */
  readonly apiVersion: number
  readonly kind: Kind
  /** Name used in the configuration, for example `s3`. Unique within the kind. */
  readonly id: string
  /** Validates and completes the options; any Standard Schema library will do. */
  readonly options: StandardSchemaV1<unknown, Options>
  /**
   * For backends: turns the part of a storage URL behind `<id>://` into options, so that a URL is all a
   * user needs.
   *
   * @throws StratusError `STORAGE_URL_INVALID`
   */
  fromUrl?(rest: string): unknown
  /** Builds a ready instance. The host disposes of it when the file system stops. */
  create(options: Options, context: PluginContext): Promise<PluginKinds[Kind]>
}

/** Returns `definition` unchanged, with its types inferred. */
export function definePlugin<Kind extends PluginKind, Options>(
  definition: PluginDefinition<Kind, Options>,
): PluginDefinition<Kind, Options> {
  return definition
}
