import type { Operations } from '../core/operations.ts'

/** Returns `operations` with some calls replaced. */
export function alteredOperations(
  operations: Operations,
  changes: Partial<Operations>,
): Operations {
  return new Proxy(operations, {
    get(target, name) {
      const changed: unknown = Reflect.get(changes, name)
      if (changed !== undefined) return changed
      const original: unknown = Reflect.get(target, name)
      return typeof original === 'function' ? original.bind(target) : original
    },
  })
}
