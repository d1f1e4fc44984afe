import { dirname, resolve } from 'node:path'
import { StratusError } from '../../core/index.ts'
import { defaultStateRoot } from '../state-root.ts'
import { looksLikeStorageUrl } from '../storage-url.ts'
import { type ConfigFile, loadConfigFile } from './config-file.ts'
import { readEnvironment } from './environment.ts'
import type { BackendChoice, FileSystemConfig } from './file-system-config.ts'
import { compressorChoice, pluginChoice } from './plugin-choice.ts'
import { configProblems } from './problems.ts'
import { type ConfigInput, type ConfigTree, configSchema, type NamedFileSystem } from './schema.ts'

/** Smallest cache that leaves room for two packs of dirty data and their reading, bytes. */
const CACHE_BYTES_MIN = 64 * 2 ** 20

/** What a command was told. */
export interface ConfigRequest {
  /** A storage URL, or the name of a file system in the configuration file. */
  readonly target: string
  /** Flags, brought to the shape of the file. */
  readonly flags: ConfigInput
  /** The flag behind each key of `flags`, such as `cache.size` → `--cachesize`. */
  readonly flagNames: Readonly<Record<string, string>>
  /** The file of `--config`. */
  readonly configPath: string | undefined
}

/** One source of settings, with the folder its relative paths start from. */
interface Layer {
  readonly folder: string
  readonly tree: ConfigTree | NamedFileSystem
}

/**
 * Brings together flags, environment, configuration file and defaults, in this precedence.
 *
 * @throws StratusError `CONFIG_INVALID`, `CONFIG_NOT_FOUND`
 */
export async function resolveConfig(request: ConfigRequest): Promise<FileSystemConfig> {
  const file = await loadConfigFile(request.configPath)
  const entry = findEntry(request.target, file)
  const here = process.cwd()
  const layers: Layer[] = [
    { folder: here, tree: check('command line', request.flags, request.flagNames) },
    { folder: here, tree: check('environment', readEnvironment(process.env), {}) },
  ]
  if (file !== undefined) {
    const folder = dirname(file.path)
    if (entry !== undefined) layers.push({ folder, tree: entry })
    layers.push({ folder, tree: file.tree })
  }
  return combine(request.target, file, entry, layers)
}

function check(
  origin: string,
  input: ConfigInput,
  names: Readonly<Record<string, string>>,
): ConfigTree {
  const checked = configSchema.safeParse(input)
  if (checked.success) return checked.data
  throw configProblems(origin, checked.error.issues, (path) => names[path] ?? path)
}

function findEntry(target: string, file: ConfigFile | undefined): NamedFileSystem | undefined {
  const known = file?.tree.fileSystems ?? {}
  if (looksLikeStorageUrl(target)) {
    return Object.values(known).find(({ backend }) => urlOf(backend) === target)
  }
  const entry = known[target]
  if (entry !== undefined) return entry
  const names = Object.keys(known)
  const where = file === undefined ? 'there is no configuration file' : file.path
  const advice = names.length === 0 ? 'it names no file systems' : `it names ${names.join(', ')}`
  throw new StratusError(
    'CONFIG_NOT_FOUND',
    `"${target}" is neither a storage URL such as local:///srv/store nor a file system of the ` +
      `configuration (${where}${file === undefined ? '' : `: ${advice}`})`,
    { details: { target } },
  )
}

function urlOf(backend: NamedFileSystem['backend']): string | undefined {
  if (typeof backend === 'string') return backend
  return 'url' in backend && typeof backend.url === 'string' ? backend.url : undefined
}

function combine(
  target: string,
  file: ConfigFile | undefined,
  entry: NamedFileSystem | undefined,
  layers: readonly Layer[],
): FileSystemConfig {
  const first = <T>(pick: (tree: Layer['tree']) => T | undefined): T | undefined => {
    for (const { tree } of layers) {
      const value = pick(tree)
      if (value !== undefined) return value
    }
    return undefined
  }
  const firstPath = (pick: (tree: Layer['tree']) => string | undefined): string | undefined => {
    const layer = layers.find(({ tree }) => pick(tree) !== undefined)
    const written = layer && pick(layer.tree)
    return layer && written !== undefined ? resolve(layer.folder, written) : undefined
  }
  const sizeBytes = first((tree) => tree.cache?.size)
  if (sizeBytes !== undefined && sizeBytes < CACHE_BYTES_MIN) {
    throw new StratusError('CONFIG_INVALID', 'cache.size (--cachesize): at least 64MiB', {
      details: { sizeBytes },
    })
  }
  const chosen = <T>(pick: (tree: Layer['tree']) => T | undefined, fallback: T): T =>
    first(pick) ?? fallback
  const cipher = first((tree) => tree.cipher)
  const splitter = first((tree) => tree.splitter)
  return {
    source: target,
    backend: backendChoice(target, entry),
    passphrase: passphraseReference(layers),
    mountPoint: entry?.mountPoint,
    compressor: compressorChoice(chosen((tree) => tree.compressor, 'zstd-3')),
    cipher: cipher === undefined ? undefined : pluginChoice(cipher),
    dedup: pluginChoice(chosen((tree) => tree.dedup, 'exact')),
    metadata: pluginChoice(chosen((tree) => tree.metadata, 'sqlite')),
    commitLog: pluginChoice(chosen((tree) => tree.commitLog, 'bucket')),
    frontend: pluginChoice(chosen((tree) => tree.frontend, 'fuse')),
    splitter: splitter === undefined ? undefined : pluginChoice(splitter),
    cache: {
      policy: pluginChoice(chosen((tree) => tree.cache?.use, 'lru')),
      path: firstPath((tree) => tree.cache?.path) ?? defaultStateRoot(),
      sizeBytes,
    },
    commitIntervalMs: chosen((tree) => tree.commit?.interval, 10_000),
    retentionMs: chosen((tree) => tree.commit?.retention, 0),
    fsync: chosen((tree) => tree.fsync, 'journal'),
    threads: first((tree) => tree.threads),
    allowOther: chosen((tree) => tree.allowOther, false),
    readOnly: chosen((tree) => tree.readOnly, false),
    log: {
      level: chosen((tree) => logOf(tree)?.level, 'info'),
      file: firstPath((tree) => logOf(tree)?.file),
    },
    plugins: {
      folder: file === undefined ? process.cwd() : dirname(file.path),
      modules: file?.tree.plugins ?? [],
    },
    configFile: file?.path,
  }
}

function logOf(tree: Layer['tree']): ConfigTree['log'] {
  return 'log' in tree ? tree.log : undefined
}

function backendChoice(target: string, entry: NamedFileSystem | undefined): BackendChoice {
  if (entry === undefined) return { url: target }
  const url = urlOf(entry.backend)
  if (url !== undefined) return { url }
  return pluginChoice(entry.backend as { use: string })
}

/** A relative `file:` starts from the folder of the layer that says it. */
function passphraseReference(layers: readonly Layer[]): string | undefined {
  const layer = layers.find(({ tree }) => tree.passphrase !== undefined)
  const reference = layer?.tree.passphrase
  if (layer === undefined || reference === undefined || !reference.startsWith('file:')) {
    return reference
  }
  return `file:${resolve(layer.folder, reference.slice('file:'.length))}`
}
