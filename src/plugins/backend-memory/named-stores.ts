import type { StoredObject } from './memory-backend.ts'

/** What was stored under each name, for as long as the process lives: closing does not empty a store. */
const stores = new Map<string, Map<string, StoredObject>>()

/** Returns the objects of the store called `name`, or those of a new store without a name. */
export function objectsOf(name: string | undefined): Map<string, StoredObject> {
  const objects = (name === undefined ? undefined : stores.get(name)) ?? new Map()
  if (name !== undefined) stores.set(name, objects)
  return objects
}
