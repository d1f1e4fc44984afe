import { StratusError } from '../core/index.ts'

/** Words of fstab(5) and mount(8) that are for others to read, or that hold here anyway. */
const ignoredWords = new Set([
  'defaults',
  'rw',
  'auto',
  'noauto',
  'user',
  'nouser',
  'users',
  'nousers',
  'owner',
  'noowner',
  'group',
  'nogroup',
  'exec',
  'noexec',
  'suid',
  'nosuid',
  'dev',
  'nodev',
  'async',
  'atime',
  'relatime',
  'norelatime',
  'nostrictatime',
  'noatime',
  'strictatime',
  'lazytime',
  'nodiratime',
  'diratime',
  'nofail',
  '_netdev',
  '_rnetdev',
  'default_permissions',
  'silent',
  'loud',
  'mand',
  'nomand',
])

/** Words whose other name here is an option without `no_` and the like. */
const flagOfWord: Readonly<Record<string, string>> = { ro: '--read-only' }

/**
 * Turns the argument of `-o` into long options: `allow_other,cachesize=20GiB` becomes `--allow-other`,
 * `--cachesize=20GiB`. The usual words of fstab(5) are left out.
 *
 * @param known - long options of the command, such as `--allow-other`
 * @throws StratusError `OPTIONS_INVALID` for a word that means nothing here
 */
export function expandMountOptions(text: string, known: ReadonlySet<string>): string[] {
  const flags: string[] = []
  for (const word of text.split(',').filter((part) => part !== '')) {
    const [key = '', ...value] = word.split('=')
    if (ignoredWords.has(key) || key.startsWith('x-') || key === 'comment') continue
    const flag = flagOfWord[key] ?? `--${key.replaceAll('_', '-')}`
    if (!known.has(flag)) {
      throw new StratusError(
        'OPTIONS_INVALID',
        `-o ${word}: there is no such option; mount.stratus --help lists those with two dashes, ` +
          'which go here without them',
        { details: { option: word } },
      )
    }
    flags.push(value.length === 0 ? flag : `${flag}=${value.join('=')}`)
  }
  return flags
}
