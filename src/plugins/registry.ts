import type { PluginDefinition, PluginKind } from '../core/plugin.ts'

/** Loads the module of a plugin. */
export type PluginLoader = () => Promise<{ default: PluginDefinition }>

/**
 * The plugins that come with Stratus, by kind and by the name the configuration uses.
 *
 * Nothing loads until it is named: a mount of a local folder never reads the code of a cloud's client.
 */
export const builtinPlugins: Readonly<Record<PluginKind, Readonly<Record<string, PluginLoader>>>> =
  {
    backend: {
      local: () => import('./backend-local/index.ts'),
      memory: () => import('./backend-memory/index.ts'),
    },
    splitter: {
      fixed: () => import('./splitter-fixed/index.ts'),
    },
    dedup: {
      exact: () => import('./dedup-exact/index.ts'),
      none: () => import('./dedup-none/index.ts'),
    },
    compressor: {
      none: () => import('./compressor-none/index.ts'),
      zlib: () => import('./compressor-zlib/index.ts'),
      zstd: () => import('./compressor-zstd/index.ts'),
    },
    cipher: {
      'aes-256-gcm': () => import('./cipher-aes-256-gcm/index.ts'),
      none: () => import('./cipher-none/index.ts'),
    },
    cache: {
      lru: () => import('./cache-lru/index.ts'),
    },
    metadata: {
      sqlite: () => import('./metadata-sqlite/index.ts'),
    },
    'commit-log': {
      bucket: () => import('./commit-log-bucket/index.ts'),
    },
    frontend: {
      fuse: () => import('./frontend-fuse/index.ts'),
      memory: () => import('./frontend-memory/index.ts'),
    },
  }
