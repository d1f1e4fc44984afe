import { StratusError } from '../core/index.ts'

/** A storage URL, taken apart. */
export interface StorageUrl {
  /** The whole text, as given, but with a local path made absolute. */
  readonly text: string
  /** Id of the backend plugin, in front of `://`. */
  readonly scheme: string
  /** What follows `://`. */
  readonly rest: string
}

/** Whether `text` is meant as a storage URL rather than as a name from the configuration file. */
export function looksLikeStorageUrl(text: string): boolean {
  return text.includes('://')
}

/**
 * Takes a storage URL apart: `local:///srv/store`, `memory://name`, `s3://bucket/prefix`.
 *
 * @throws StratusError `STORAGE_URL_INVALID`
 */
export function parseStorageUrl(text: string, knownSchemes: readonly string[]): StorageUrl {
  const match = /^([a-z][a-z0-9+-]*):\/\/(.*)$/s.exec(text)
  const [, scheme, rest] = match ?? []
  if (scheme === undefined || rest === undefined || rest === '') {
    throw new StratusError(
      'STORAGE_URL_INVALID',
      `"${text}" is not a storage URL: write ${knownSchemes.map((name) => `${name}://…`).join(' or ')}`,
      { details: { url: text } },
    )
  }
  return { text, scheme, rest }
}
