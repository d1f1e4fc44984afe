import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Lifecycle } from '../../../src/host/lifecycle.ts'

function resource(name: string, order: string[], failure?: Error) {
  return {
    async [Symbol.asyncDispose]() {
      await delay(1)
      order.push(name)
      if (failure !== undefined) throw failure
    },
  }
}

describe('Lifecycle', () => {
  it('disposes in reverse order, one after the other', async () => {
    const order: string[] = []
    {
      await using lifecycle = new Lifecycle()
      lifecycle.add(resource('backend', order))
      lifecycle.add({ [Symbol.dispose]: () => void order.push('cache') })
      lifecycle.add(resource('mount', order))
    }
    expect(order).toEqual(['mount', 'cache', 'backend'])
  })

  it('goes on after a failure and reports it at the end', async () => {
    const order: string[] = []
    const lifecycle = new Lifecycle()
    lifecycle.add(resource('backend', order))
    lifecycle.add(resource('cache', order, new Error('broken')))
    await expect(lifecycle[Symbol.asyncDispose]()).rejects.toThrow('broken')
    expect(order).toEqual(['cache', 'backend'])
  })

  it('collects several failures', async () => {
    const lifecycle = new Lifecycle()
    lifecycle.add(resource('a', [], new Error('one')))
    lifecycle.add(resource('b', [], new Error('two')))
    await expect(lifecycle[Symbol.asyncDispose]()).rejects.toMatchObject({
      errors: [{ message: 'two' }, { message: 'one' }],
    })
  })

  it('leaves alone what cannot be disposed of', async () => {
    await using lifecycle = new Lifecycle()
    expect(lifecycle.addIfDisposable({ plain: true })).toEqual({ plain: true })
  })
})
