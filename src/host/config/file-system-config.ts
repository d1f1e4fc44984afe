import type { PluginChoice } from './plugin-choice.ts'

/** How talkative the log is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Where the objects of a file system are. */
export type BackendChoice = { readonly url: string } | PluginChoice

/**
 * Everything one command needs to know about a file system: flags, environment, file and defaults
 * brought together. Plain data; paths are absolute.
 */
export interface FileSystemConfig {
  /** How users call it: its storage URL, or its name in the configuration file. */
  readonly source: string
  readonly backend: BackendChoice
  /** Where the passphrase is; otherwise it is asked for. */
  readonly passphrase: string | undefined
  /** From the configuration file, for a mount by name alone. */
  readonly mountPoint: string | undefined
  readonly compressor: PluginChoice
  /** What encrypts, instead of the cipher the superblock names. */
  readonly cipher: PluginChoice | undefined
  readonly dedup: PluginChoice
  readonly metadata: PluginChoice
  readonly commitLog: PluginChoice
  readonly frontend: PluginChoice
  /** Read by `mkfs` only, and by mounts for new data. */
  readonly splitter: PluginChoice | undefined
  readonly cache: {
    readonly policy: PluginChoice
    /** Folder of the local state of all file systems. */
    readonly path: string
    /** `undefined`: as much as the disk allows. */
    readonly sizeBytes: number | undefined
  }
  readonly commitIntervalMs: number
  readonly retentionMs: number
  readonly fsync: 'journal' | 'cloud'
  /** Pipeline threads; `undefined`: one for each core. */
  readonly threads: number | undefined
  readonly allowOther: boolean
  readonly readOnly: boolean
  readonly log: { readonly level: LogLevel; readonly file: string | undefined }
  readonly plugins: PluginSources
  /** The configuration file that was used. */
  readonly configFile: string | undefined
}

/** Where plugins that are not built in come from. */
export interface PluginSources {
  /** Folder from which paths and packages are resolved: that of the configuration file. */
  readonly folder: string
  /** Modules to load up front, so that their ids and URL schemes are known. */
  readonly modules: readonly string[]
}
