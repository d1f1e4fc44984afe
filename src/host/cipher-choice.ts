import { type Cipher, type PluginContext, StratusError } from '../core/index.ts'
import type { PluginChoice } from './config/plugin-choice.ts'
import type { PluginLoader } from './plugin-loader.ts'

/**
 * Finds the cipher whose format a file system was made with.
 *
 * @param configured - tried before those that are known by name
 * @throws StratusError `FORMAT_UNSUPPORTED`
 */
export async function cipherOfFormat(
  loader: PluginLoader,
  formatId: number,
  configured: PluginChoice | undefined,
  context: PluginContext,
): Promise<{ readonly choice: PluginChoice; readonly cipher: Cipher }> {
  const known = (await loader.known('cipher')).map((use) => ({ use, options: {} }))
  for (const choice of configured === undefined ? known : [configured, ...known]) {
    const cipher = await loader.build('cipher', choice, context)
    if (cipher.formatId === formatId) return { choice, cipher }
  }
  throw new StratusError(
    'FORMAT_UNSUPPORTED',
    `the file system uses cipher ${formatId}, which no plugin here provides: ` +
      'name the plugin under "cipher" in the configuration',
    { details: { formatId } },
  )
}
