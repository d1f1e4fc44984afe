// Compiles native/ with node-gyp into native/build/Release/stratus_fuse.node, unless what is there
// was made from these very sources by this very Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const native = fileURLToPath(new URL('../native/', import.meta.url))
const addon = join(native, 'build/Release/stratus_fuse.node')
const stamp = join(native, 'build/stratus_fuse.made-from')

const fingerprint = fingerprintOfSources()
if (existsSync(addon) && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) {
  process.stdout.write('native addon is up to date\n')
} else {
  compile()
  writeFileSync(stamp, fingerprint)
  process.stdout.write('native addon built\n')
}

function compile() {
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  const args = [nodeGyp, 'rebuild', '--release', ...headers()]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: native,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status === 0 && existsSync(addon)) return
  process.stderr.write(`${stdout}${stderr}\nbuilding the native addon failed\n`)
  process.exit(1)
}

/** Headers that came with Node spare a download, and fit by construction. */
function headers() {
  const prefix = dirname(dirname(process.execPath))
  return existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : []
}

function fingerprintOfSources() {
  const hash = createHash('sha256')
  const entries = readdirSync(native, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !path.startsWith(join(native, 'build/')))
    .filter((path) => /\.(cc|cpp|c|h|hpp|gyp|gypi)$/.test(path))
    .sort()
  for (const path of paths) hash.update(path.slice(native.length)).update(readFileSync(path))
  return `${hash.digest('hex')} ${process.version} ${process.arch}\n`
}
