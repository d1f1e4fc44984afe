import { commands } from './commands.ts'
import { version } from './version.ts'

/** What `stratus --help` prints. */
export function overview(): string {
  const names = Object.keys(commands)
  const width = Math.max(...names.map((name) => name.length))
  const lines = names.map((name) => `  ${name.padEnd(width)}  ${commands[name]?.summary}`)
  return `stratus ${version()}: an encrypted, deduplicating file system in a bucket

Usage: stratus COMMAND [options]

Commands:
${lines.join('\n')}

Options of every command:
  --config FILE      use this configuration file
  --log-level LEVEL  debug, info, warn or error
  --quiet            print results and errors only
  --json             print results as JSON, progress as JSON lines
  --help             what a command does, with examples
  --version          print the version

Examples:
  stratus mkfs local:///srv/store
  stratus mount local:///srv/store /mnt
  stratus stat /mnt
  stratus umount /mnt

mkfs.stratus, mount.stratus, umount.stratus and fsck.stratus are the commands of these names.`
}
