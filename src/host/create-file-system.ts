import { Clock, Logger, Random, StratusError, silentLogger } from '../core/index.ts'
import { makeFileSystem } from '../engine/make-file-system.ts'
import { CIPHER_NONE, type JsonValue } from '../format/superblock.ts'
import { resolvePassphrase } from './config/passphrase-source.ts'
import type { PluginChoice } from './config/plugin-choice.ts'
import { type ConfigRequest, resolveConfig } from './config/resolve-config.ts'
import { Components } from './container.ts'
import { Lifecycle } from './lifecycle.ts'
import { PluginLoader } from './plugin-loader.ts'
import { checkPluginOptions } from './plugin-options.ts'
import { parseBytes } from './quantities.ts'
import { systemClock } from './system-clock.ts'
import { systemRandom } from './system-random.ts'
import type { AskPassphrase } from './unlock.ts'

/** What a new file system should be like. */
export interface CreateRequest extends ConfigRequest {
  readonly label: string
  /** Without encryption. */
  readonly plain: boolean
  /** Size of a block as text, such as `1MiB`. */
  readonly blockSize: string | undefined
  /** Binary logarithm of scrypt's cost. */
  readonly scryptLogN: number | undefined
}

/** What was made. */
export interface CreatedFileSystem {
  readonly source: string
  /** Hexadecimal. */
  readonly fsId: string
  readonly label: string
  readonly encrypted: boolean
}

/**
 * Makes a file system in a store.
 *
 * @throws StratusError `FILE_SYSTEM_EXISTS`
 */
export async function createFileSystem(
  request: CreateRequest,
  ask: AskPassphrase,
): Promise<CreatedFileSystem> {
  const config = await resolveConfig(request)
  await using lifecycle = new Lifecycle()
  const loader = new PluginLoader(config.plugins)
  const components = new Components(lifecycle, loader, silentLogger)
  components.bind(Logger, silentLogger)
  components.bind(Clock, systemClock)
  components.bind(Random, systemRandom)
  const splitter = await checkedSplitter(
    loader,
    withBlockSize(config.splitter ?? { use: 'fixed', options: {} }, request.blockSize),
  )
  const backend = await components.bindPlugin('backend', await loader.backendChoice(config.backend))
  const passphrase = request.plain
    ? undefined
    : config.passphrase === undefined
      ? await ask(`Passphrase for the new file system in ${config.source}`)
      : await resolvePassphrase(config.passphrase, process.cwd())
  const choice = config.cipher ?? { use: 'aes-256-gcm', options: {} }
  const cipher = await components.bindPlugin('cipher', choice)
  const { fsId } = await makeFileSystem(
    backend,
    {
      label: request.label,
      cipher: request.plain ? CIPHER_NONE : cipher.formatId,
      passphrase,
      splitter,
      rootUid: process.getuid?.() ?? 0,
      rootGid: process.getgid?.() ?? 0,
      rootMode: 0o755,
      scryptCost:
        request.scryptLogN === undefined ? undefined : { logN: request.scryptLogN, r: 8, p: 1 },
    },
    { clock: systemClock, random: systemRandom },
  )
  return {
    source: config.source,
    fsId: Buffer.from(fsId).toString('hex'),
    label: request.label,
    encrypted: !request.plain,
  }
}

function withBlockSize(splitter: PluginChoice, blockSize: string | undefined): PluginChoice {
  if (blockSize === undefined) return splitter
  const blockBytes = parseBytes(blockSize)
  if (blockBytes === undefined) {
    throw new StratusError('OPTIONS_INVALID', `--block-size: "${blockSize}" is not a size: 1MiB`)
  }
  return { use: splitter.use, options: { ...splitter.options, blockBytes } }
}

/** The superblock keeps the options in full, so that a later change of a default changes nothing. */
async function checkedSplitter(
  loader: PluginLoader,
  choice: PluginChoice,
): Promise<{ id: string; options: JsonValue }> {
  const definition = await loader.find('splitter', choice.use)
  const options = await checkPluginOptions(definition, choice.options)
  return { id: choice.use, options: options as JsonValue }
}
