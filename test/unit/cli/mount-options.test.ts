import { expect, it } from 'vitest'
import { expandMountOptions } from '../../../src/cli/mount-options.ts'

const known = new Set(['--allow-other', '--cachesize', '--read-only', '--passphrase-file'])

it('turns the words of fstab into long options', () => {
  const words = 'allow_other,cachesize=20GiB,ro,passphrase_file=/etc/a=b'
  expect(expandMountOptions(words, known)).toEqual([
    '--allow-other',
    '--cachesize=20GiB',
    '--read-only',
    '--passphrase-file=/etc/a=b',
  ])
})

it('leaves out the usual words', () => {
  const words = 'defaults,rw,noauto,user,_netdev,nofail,x-systemd.automount,comment=x,nosuid,noexec'
  expect(expandMountOptions(words, known)).toEqual([])
})

it('refuses a word that means nothing', () => {
  expect(() => expandMountOptions('rw,cachesise=1', known)).toThrow(
    expect.objectContaining({
      code: 'OPTIONS_INVALID',
      message: expect.stringContaining('-o cachesise=1'),
    }),
  )
})
