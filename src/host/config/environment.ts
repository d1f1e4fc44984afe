import type { ConfigInput } from './schema.ts'

/** The environment variables that stand for settings. `docs/reference/configuration.md` lists them. */
export const environmentVariables = [
  'STRATUS_ALLOW_OTHER',
  'STRATUS_CACHE_DIR',
  'STRATUS_CACHE_SIZE',
  'STRATUS_COMMIT_INTERVAL',
  'STRATUS_COMPRESS',
  'STRATUS_CONFIG',
  'STRATUS_FSYNC',
  'STRATUS_LOG_LEVEL',
  'STRATUS_PASSPHRASE',
  'STRATUS_PASSPHRASE_FILE',
  'STRATUS_THREADS',
] as const

/** Brings the environment to the shape of the configuration file. Empty variables count as unset. */
export function readEnvironment(env: NodeJS.ProcessEnv): ConfigInput {
  const get = (name: (typeof environmentVariables)[number]) => env[name] || undefined
  const threads = get('STRATUS_THREADS')
  const passphraseFile = get('STRATUS_PASSPHRASE_FILE')
  const allowOther = get('STRATUS_ALLOW_OTHER')
  return {
    compressor: get('STRATUS_COMPRESS'),
    cache: { path: get('STRATUS_CACHE_DIR'), size: get('STRATUS_CACHE_SIZE') },
    commit: { interval: get('STRATUS_COMMIT_INTERVAL') },
    fsync: get('STRATUS_FSYNC') as ConfigInput['fsync'],
    log: { level: get('STRATUS_LOG_LEVEL') as NonNullable<ConfigInput['log']>['level'] },
    threads: threads === undefined ? undefined : Number(threads),
    allowOther: allowOther === undefined ? undefined : /^(1|true|yes|on)$/i.test(allowOther),
    passphrase: get('STRATUS_PASSPHRASE')
      ? 'env:STRATUS_PASSPHRASE'
      : passphraseFile && `file:${passphraseFile}`,
  }
}
