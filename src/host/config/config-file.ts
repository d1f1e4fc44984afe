import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { cosmiconfig, type PublicExplorer } from 'cosmiconfig'
import { StratusError } from '../../core/index.ts'
import { homeDirectory, isRoot } from '../system-user.ts'
import { configProblems } from './problems.ts'
import { type ConfigTree, configSchema } from './schema.ts'

/** A configuration file that was found, read and checked. */
export interface ConfigFile {
  /** Absolute. Relative paths in the file start from its folder. */
  readonly path: string
  readonly tree: ConfigTree
}

/** Names of configuration files, in the order they are looked for. */
const dataNames = ['stratus.yaml', 'stratus.yml', 'stratus.json']

/** Files that are programs: for users other than root, who would run them with every right. */
const programNames = ['stratus.config.js', 'stratus.config.mjs']

/**
 * Finds, reads and checks the configuration file.
 *
 * The search: the file of `--config`, the file `STRATUS_CONFIG` names, the working directory and the
 * folders above it, `$XDG_CONFIG_HOME/stratus` (or `~/.config/stratus`), `/etc/stratus`. The first one
 * is used alone. Root skips the working directory, which anybody may have prepared.
 *
 * @param explicit - the file of `--config`
 * @returns `undefined` when there is none
 * @throws StratusError `CONFIG_NOT_FOUND` when a file was asked for by name and is not there
 * @throws StratusError `CONFIG_INVALID` with every problem in it
 */
export async function loadConfigFile(
  explicit: string | undefined,
): Promise<ConfigFile | undefined> {
  const explorer = createExplorer()
  const named = explicit ?? process.env['STRATUS_CONFIG']
  const path = named === undefined ? await find(explorer) : resolve(named)
  if (path === undefined) return undefined
  if (!existsSync(path)) {
    throw new StratusError('CONFIG_NOT_FOUND', `configuration file ${path} does not exist`, {
      details: { path },
    })
  }
  const checked = configSchema.safeParse(await read(explorer, path))
  if (!checked.success) throw configProblems(path, checked.error.issues)
  return { path, tree: checked.data }
}

function createExplorer(): PublicExplorer {
  // While it starts, cosmiconfig looks for settings of its own in the working directory and would
  // run a .config/config.js there, with the rights of whoever mounts.
  const before = process.cwd()
  process.chdir('/')
  try {
    return cosmiconfig('stratus', {
      searchStrategy: 'none',
      searchPlaces: isRoot() ? dataNames : [...dataNames, ...programNames],
    })
  } finally {
    process.chdir(before)
  }
}

async function find(explorer: PublicExplorer): Promise<string | undefined> {
  for (const folder of searchFolders()) {
    const found = await explorer.search(folder).catch((cause: unknown) => {
      throw unreadable(`a configuration file in ${folder}`, cause)
    })
    if (found !== null) return found.filepath
  }
  return undefined
}

function searchFolders(): string[] {
  const configHome = process.env['XDG_CONFIG_HOME'] ?? join(homeDirectory(), '.config')
  const fixed = [join(configHome, 'stratus'), '/etc/stratus']
  return isRoot() ? fixed : [...foldersUpwards(process.cwd()), ...fixed]
}

function foldersUpwards(start: string): string[] {
  const parent = dirname(start)
  return parent === start ? [start] : [start, ...foldersUpwards(parent)]
}

async function read(explorer: PublicExplorer, path: string): Promise<unknown> {
  if (isRoot() && !/\.(ya?ml|json)$/.test(path)) {
    throw new StratusError('CONFIG_INVALID', `${path}: root reads .yaml, .yml and .json only`, {
      details: { path },
    })
  }
  const loaded = await explorer.load(path).catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  return loaded === null || loaded.isEmpty === true ? {} : loaded.config
}

function unreadable(what: string, cause: unknown): StratusError {
  const [line] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
  return new StratusError('CONFIG_INVALID', `cannot read ${what}: ${line}`, { cause })
}
