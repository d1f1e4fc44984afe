import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type PluginDefinition, type PluginKind, StratusError } from '../core/index.ts'

/**
 * Validates and completes the options of a plugin by its own schema.
 *
 * @throws StratusError `OPTIONS_INVALID` with everything that is wrong
 */
export async function checkPluginOptions<Kind extends PluginKind, Options>(
  definition: PluginDefinition<Kind, Options>,
  options: unknown,
): Promise<Options> {
  const checked = await definition.options['~standard'].validate(options)
  if (checked.issues === undefined) return checked.value
  const problems = checked.issues.map((issue) => describe(issue, definition))
  throw new StratusError(
    'OPTIONS_INVALID',
    `options of ${definition.kind} ${definition.id}: ${problems.join('; ')}`,
    { details: { plugin: `${definition.kind}/${definition.id}` } },
  )
}

function describe(
  issue: StandardSchemaV1.Issue & { readonly code?: unknown },
  definition: PluginDefinition<PluginKind, unknown>,
): string {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))
  const known = issue.code === 'unrecognized_keys' ? knownOptions(definition) : undefined
  const message = known === undefined ? issue.message : `${issue.message} (known: ${known})`
  return path.length === 0 ? message : `${path.join('.')}: ${message}`
}

/** Schema libraries that can describe themselves tell their keys; of others only the problem is told. */
function knownOptions(definition: PluginDefinition<PluginKind, unknown>): string | undefined {
  const standard = definition.options['~standard'] as SelfDescribing
  try {
    const { properties } = standard.jsonSchema?.input({ target: 'draft-2020-12' }) ?? {}
    return properties === undefined ? undefined : Object.keys(properties).join(', ') || 'none'
  } catch {
    return undefined
  }
}

/** The part of the Standard JSON Schema interface that is used here. */
interface SelfDescribing {
  readonly jsonSchema?: {
    input(options: { readonly target: string }): { readonly properties?: object }
  }
}
