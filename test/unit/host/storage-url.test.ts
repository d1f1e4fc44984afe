import { expect, it } from 'vitest'
import { PluginLoader } from '../../../src/host/plugin-loader.ts'
import { parseStorageUrl } from '../../../src/host/storage-url.ts'

const loader = new PluginLoader({ folder: '/', modules: [] })

it('takes a storage URL apart', () => {
  expect(parseStorageUrl('local:///srv/store', ['local'])).toMatchObject({
    scheme: 'local',
    rest: '/srv/store',
  })
})

it.each(['/srv/store', 'local:', 'local://', '://x', 'LOCAL:///x'])(
  'refuses %s and says what there is',
  (text) => {
    expect(() => parseStorageUrl(text, ['local', 'memory'])).toThrow(
      expect.objectContaining({
        code: 'STORAGE_URL_INVALID',
        message: expect.stringContaining('local://… or memory://…'),
      }),
    )
  },
)

it('turns a URL into the backend it names', async () => {
  expect(await loader.backendChoice({ url: 'local:///srv/store' })).toEqual({
    use: 'local',
    options: { path: '/srv/store' },
  })
})

it('lists the known schemes when one is unknown', async () => {
  await expect(loader.backendChoice({ url: 'ftp://host/x' })).rejects.toMatchObject({
    code: 'STORAGE_URL_INVALID',
    message: expect.stringMatching(/ftp:\/\/.*local:\/\/, memory:\/\//),
  })
})
