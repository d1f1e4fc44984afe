import {
  CachePolicy,
  Cipher,
  CommitLog,
  Compressor,
  DedupIndex,
  Frontend,
  type Logger,
  MetadataStore,
  ObjectBackend,
  type PluginContext,
  type PluginKind,
  type PluginKinds,
  Splitter,
  type Token,
} from '../core/index.ts'
import { type DependencyContainer, rootContainer } from '../engine/di.ts'
import type { PluginChoice } from './config/plugin-choice.ts'
import type { Lifecycle } from './lifecycle.ts'
import { componentLogger } from './logger.ts'
import type { PluginLoader } from './plugin-loader.ts'

/** Under which token the instance of each kind of plugin is bound. */
const tokenOfKind: { readonly [Kind in PluginKind]: Token<PluginKinds[Kind]> } = {
  backend: ObjectBackend,
  splitter: Splitter,
  dedup: DedupIndex,
  compressor: Compressor,
  cipher: Cipher,
  cache: CachePolicy,
  metadata: MetadataStore,
  'commit-log': CommitLog,
  frontend: Frontend,
}

/**
 * The components of one mounted file system.
 *
 * Each has a child container of its own, so that two mounts in one process share nothing by accident.
 */
export class Components {
  readonly #container: DependencyContainer = rootContainer.createChildContainer()
  readonly #lifecycle: Lifecycle
  readonly #loader: PluginLoader
  readonly #logger: Logger

  constructor(lifecycle: Lifecycle, loader: PluginLoader, logger: Logger) {
    this.#lifecycle = lifecycle
    this.#loader = loader
    this.#logger = logger
  }

  /** Binds a value under its token. */
  bind<T>(token: Token<T>, value: T): T {
    this.#container.registerInstance<T>(token as symbol, value)
    return value
  }

  /** Builds a plugin, binds it under the token of its kind, and has it disposed of at the end. */
  async bindPlugin<Kind extends PluginKind>(
    kind: Kind,
    choice: PluginChoice,
  ): Promise<PluginKinds[Kind]> {
    const context = this.contextFor(`${kind}-${choice.use}`)
    const instance = await this.#loader.build(kind, choice, context)
    this.#lifecycle.addIfDisposable(instance)
    return this.bind(tokenOfKind[kind], instance)
  }

  /** Builds an injectable class, or returns what is bound under a token. */
  resolve<T>(token: Token<T> | (new (...dependencies: never[]) => T)): T {
    return this.#container.resolve<T>(token as symbol)
  }

  /** What a plugin that is called `component` in the log sees of this file system. */
  contextFor(component: string): PluginContext {
    return {
      logger: componentLogger(this.#logger, component),
      resolve: (token) => this.resolve(token),
    }
  }
}
