import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  PLUGIN_API_VERSION,
  type PluginContext,
  type PluginDefinition,
  type PluginKind,
  type PluginKinds,
  StratusError,
} from '../core/index.ts'
import { builtinPlugins } from '../plugins/registry.ts'
import type { BackendChoice, PluginSources } from './config/file-system-config.ts'
import type { PluginChoice } from './config/plugin-choice.ts'
import { findPackageEntry } from './package-entry.ts'
import { checkPluginOptions } from './plugin-options.ts'
import { parseStorageUrl } from './storage-url.ts'

/**
 * Finds plugins and builds instances of them.
 *
 * A name is looked up as a built-in, as the id of a module of the configuration's `plugins`, as a path
 * (when it starts with `.` or `/`), as a package, and as the package `stratus-plugin-NAME`. Paths and
 * packages start from the folder of the configuration file.
 */
export class PluginLoader {
  readonly #sources: PluginSources
  #extra: Promise<PluginDefinition[]> | undefined

  constructor(sources: PluginSources) {
    this.#sources = sources
  }

  /**
   * Returns the definition behind a name.
   *
   * @throws StratusError `PLUGIN_NOT_FOUND` saying where it was looked for, `PLUGIN_INVALID`
   */
  async find<Kind extends PluginKind>(kind: Kind, name: string): Promise<PluginDefinition<Kind>> {
    const builtin = Object.hasOwn(builtinPlugins[kind], name)
      ? builtinPlugins[kind][name]
      : undefined
    if (builtin !== undefined) return asKind((await builtin()).default, kind, name)
    const extra = (await this.#listed()).find(
      (plugin) => plugin.kind === kind && plugin.id === name,
    )
    if (extra !== undefined) return asKind(extra, kind, name)
    return asKind(await this.#import(name, kind), kind, name)
  }

  /** Names of all plugins of a kind that are known without further look-up. */
  async known(kind: PluginKind): Promise<string[]> {
    const extra = (await this.#listed()).filter((plugin) => plugin.kind === kind)
    return [...Object.keys(builtinPlugins[kind]), ...extra.map(({ id }) => id)]
  }

  /**
   * Builds an instance.
   *
   * @throws StratusError `OPTIONS_INVALID` with everything that is wrong
   */
  async build<Kind extends PluginKind>(
    kind: Kind,
    choice: PluginChoice,
    context: PluginContext,
  ): Promise<PluginKinds[Kind]> {
    const definition = await this.find(kind, choice.use)
    return definition.create(await checkPluginOptions(definition, choice.options), context)
  }

  /**
   * Turns a storage URL into the backend it names.
   *
   * @throws StratusError `STORAGE_URL_INVALID`
   */
  async backendChoice(choice: BackendChoice): Promise<PluginChoice> {
    if (!('url' in choice)) return choice
    const schemes = await this.known('backend')
    const url = parseStorageUrl(choice.url, schemes)
    if (!schemes.includes(url.scheme)) {
      throw new StratusError(
        'STORAGE_URL_INVALID',
        `no backend for ${url.scheme}://; there is ${schemes.map((id) => `${id}://`).join(', ')}`,
        { details: { url: choice.url } },
      )
    }
    const definition = await this.find('backend', url.scheme)
    if (definition.fromUrl === undefined) {
      throw new StratusError(
        'STORAGE_URL_INVALID',
        `the backend ${url.scheme} takes no URL: describe it in the configuration file`,
        { details: { url: choice.url } },
      )
    }
    const options = definition.fromUrl(url.rest) as Readonly<Record<string, unknown>>
    return { use: url.scheme, options }
  }

  #listed(): Promise<PluginDefinition[]> {
    this.#extra ??= Promise.all(this.#sources.modules.map((name) => this.#import(name, undefined)))
    return this.#extra
  }

  async #import(name: string, kind: PluginKind | undefined): Promise<PluginDefinition> {
    const tried: string[] = []
    for (const path of this.#candidates(name, tried)) {
      const module: unknown = await import(pathToFileURL(path).href).catch((cause: unknown) => {
        const message = cause instanceof Error ? cause.message : String(cause)
        throw new StratusError('PLUGIN_INVALID', `the plugin ${path} does not load: ${message}`, {
          cause,
        })
      })
      return asDefinition(module, path)
    }
    const known =
      kind === undefined ? '' : `; built in: ${Object.keys(builtinPlugins[kind]).join(', ')}`
    throw new StratusError(
      'PLUGIN_NOT_FOUND',
      `no ${kind ?? 'plugin'} "${name}" (looked for ${tried.join(', ')}${known})`,
      { details: { name, kind: kind ?? '' } },
    )
  }

  *#candidates(name: string, tried: string[]): Iterable<string> {
    const { folder } = this.#sources
    if (name.startsWith('.') || isAbsolute(name)) {
      const path = resolve(folder, name)
      tried.push(path)
      if (existsSync(path)) yield path
      return
    }
    for (const packageName of [name, `stratus-plugin-${name}`]) {
      tried.push(`the package ${packageName} in ${folder}`)
      const entry = findPackageEntry(packageName, folder)
      if (entry !== undefined) yield entry
    }
  }
}

function asDefinition(module: unknown, origin: string): PluginDefinition {
  let candidate = (module as { default?: unknown }).default
  // A module compiled to CommonJS carries its default export one level deeper.
  if (hasKeys(candidate) && 'default' in candidate) candidate = candidate['default']
  if (
    !hasKeys(candidate) ||
    typeof candidate['kind'] !== 'string' ||
    typeof candidate['id'] !== 'string' ||
    typeof candidate['create'] !== 'function' ||
    !hasKeys(candidate['options']) ||
    !('~standard' in candidate['options'])
  ) {
    throw new StratusError('PLUGIN_INVALID', `${origin} does not export a plugin by default`)
  }
  if (candidate['apiVersion'] !== PLUGIN_API_VERSION) {
    throw new StratusError(
      'PLUGIN_INVALID',
      `${origin} is written for plugin interface ${String(candidate['apiVersion'])}; ` +
        `this program has ${PLUGIN_API_VERSION}`,
    )
  }
  return candidate as unknown as PluginDefinition
}

function asKind<Kind extends PluginKind>(
  definition: PluginDefinition,
  kind: Kind,
  name: string,
): PluginDefinition<Kind> {
  if (definition.kind !== kind) {
    throw new StratusError(
      'PLUGIN_INVALID',
      `the plugin ${name} is a ${definition.kind}, where a ${kind} is needed`,
    )
  }
  return definition as PluginDefinition<Kind>
}

function hasKeys(value: unknown): value is Readonly<Record<string, unknown>> {
  return (typeof value === 'object' || typeof value === 'function') && value !== null
}
