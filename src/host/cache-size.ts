import { statfsSync } from 'node:fs'

/** Most that a cache takes without being told to, bytes. */
const AUTOMATIC_MAX = 20 * 2 ** 30

/** Least that makes sense, bytes: a few packs in each direction. */
const AUTOMATIC_MIN = 256 * 2 ** 20

/** Returns how large the cache in `folder` may be when nobody said: half of what is free there. */
export function automaticCacheBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  const half = Math.floor((bavail * bsize) / 2)
  return Math.max(AUTOMATIC_MIN, Math.min(AUTOMATIC_MAX, half))
}
