const { existsSync } = require('node:fs')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')

/**
 * Hands the command line to the compiled program and its answer to the shell.
 *
 * This folder is CommonJS because Node takes `.stratus` in `mkfs.stratus` for an unknown extension
 * and refuses such a file as a module. Node resolves symbolic links before it sets `__dirname`, so
 * `/sbin/mount.stratus` may point here.
 */
exports.launch = async function launch(programName) {
  // Threads for file I/O, of which a mount keeps many under way; read once, before the first use.
  process.env.UV_THREADPOOL_SIZE ??= '16'
  // Whoever reads the output may stop reading: `stratus mount --help | head`.
  process.stdout.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(process.exitCode ?? 0)
  })
  const entry = join(__dirname, '../dist/cli/main.js')
  let program
  try {
    program = await import(pathToFileURL(entry).href)
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error
    const reason = existsSync(entry) ? error.message : 'not built yet'
    process.stderr.write(`${programName}: ${reason}; run scripts/setup.sh\n`)
    process.exitCode = 1
    return
  }
  process.exitCode = await program.main(process.argv.slice(2), programName)
}
