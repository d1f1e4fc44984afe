import { expect, it } from 'vitest'
import { StratusError } from '../../../../src/core/index.ts'
import { fileError } from '../../../../src/plugins/backend-local/file-error.ts'

it.each([
  ['ENOSPC', 'BACKEND_UNAVAILABLE'],
  ['EIO', 'BACKEND_UNAVAILABLE'],
  ['EROFS', 'BACKEND_UNAVAILABLE'],
  ['EMFILE', 'BACKEND_UNAVAILABLE'],
  ['EACCES', 'BACKEND_DENIED'],
  ['EPERM', 'BACKEND_DENIED'],
  ['ENOTSUP', 'OPTIONS_INVALID'],
])('%s is reported as %s, with the call as its cause', (errno, code) => {
  const cause = Object.assign(new Error(errno), { code: errno, syscall: 'write' })
  const error = fileError(cause, 'write object', '/srv/store/k')
  expect(error).toBeInstanceOf(StratusError)
  expect(error).toMatchObject({ code, cause, details: { errno, path: '/srv/store/k' } })
})

it('other errors stay what they are', () => {
  const reason = new Error('aborted')
  expect(fileError(reason, 'write object', '/srv/store/k')).toBe(reason)
})
