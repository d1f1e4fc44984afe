import { accessSync, constants, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const built = ['dist/cli/main.js', 'native/build/Release/stratus_fuse.node']

/**
 * Fails a tier that mounts before its first test when the machine cannot mount or nothing is built.
 *
 * Failing rather than skipping, so that a run without `/dev/fuse` cannot pass for success.
 */
export default function requireFuse(): void {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
  } catch (error) {
    throw new Error('This tier mounts file systems and needs /dev/fuse; see scripts/setup.sh', {
      cause: error,
    })
  }
  for (const path of built) {
    if (!existsSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)))) {
      throw new Error(`This tier runs what users run, and ${path} is missing: npm run build`)
    }
  }
}
