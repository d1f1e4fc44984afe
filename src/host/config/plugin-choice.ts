/** Which plugin to use, and what to tell it. */
export interface PluginChoice {
  /** Id of a built-in, path of a module, or name of a package. */
  readonly use: string
  /** For the plugin's own schema. */
  readonly options: Readonly<Record<string, unknown>>
}

/** A choice as it is written: a name, or a map with `use`. */
export type WrittenChoice = string | { readonly use: string; readonly [option: string]: unknown }

/** Brings both ways of writing a choice to one. */
export function pluginChoice(written: WrittenChoice): PluginChoice {
  if (typeof written === 'string') return { use: written, options: {} }
  const { use, ...options } = written
  return { use, options }
}

/** As {@link pluginChoice}; understands `zstd-3` as zstd with level 3. */
export function compressorChoice(written: WrittenChoice): PluginChoice {
  const match = typeof written === 'string' ? /^([a-z0-9]*[a-z])-(\d{1,2})$/i.exec(written) : null
  if (match?.[1] === undefined) return pluginChoice(written)
  return { use: match[1], options: { level: Number(match[2]) } }
}
