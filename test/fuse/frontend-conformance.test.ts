import * as fs from 'node:fs/promises'
import { describe, it } from 'vitest'
import { frontendCases, registerCases } from '../../src/conformance/index.ts'
import { fuseFixture } from '../support/fuse-mount.ts'

registerCases({ describe, it }, 'frontend-fuse', frontendCases, {
  async create() {
    const { frontend, request, logger, path } = await fuseFixture()
    return {
      frontend,
      request,
      programs: {
        mkdir: (at) => fs.mkdir(path(at)),
        writeFile: (at, data) => fs.writeFile(path(at), data),
        readFile: (at) => fs.readFile(path(at)),
        readdir: (at) => fs.readdir(path(at)),
        rename: (from, to) => fs.rename(path(from), path(to)),
        unlink: (at) => fs.unlink(path(at)),
        chmod: (at, mode) => fs.chmod(path(at), mode),
        stat: (at) => fs.stat(path(at)),
      },
      errorsLogged: () => logger.lines.filter(({ level }) => level === 'error').length,
      [Symbol.asyncDispose]: () => frontend[Symbol.asyncDispose](),
    }
  },
})
