import { createHash } from 'node:crypto'
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../src/core/rows.ts'
import type { MemoryFrontend } from '../../src/plugins/frontend-memory/memory-frontend.ts'

/**
 * Everything about a tree that a program can see, as text to compare: names, types, modes, owners, link
 * counts, sizes, targets, xattrs, contents, and which names share an inode. Inode numbers and times
 * differ between file systems and stay out.
 */
export async function treePicture(files: MemoryFrontend): Promise<string[]> {
  const lines: string[] = []
  const seen = new Map<number, string>()
  const visit = async (path: string): Promise<void> => {
    const row = await files.lstat(path || '/')
    const first = seen.get(row.ino)
    seen.set(row.ino, first ?? path)
    const facts = [path, row.mode.toString(8), row.uid, row.gid, row.nlink, row.size, row.rdev]
    const type = row.mode & S_IFMT
    const xattrs: string[] = []
    // The calls by path follow links.
    for (const name of type === S_IFLNK ? [] : await files.listxattr(path || '/')) {
      const value = await files.getxattr(path || '/', name)
      xattrs.push(`${name.toString('latin1')}=${Buffer.from(value).toString('hex')}`)
    }
    let contents = ''
    if (type === S_IFREG) {
      const bytes = await files.readFile(path)
      contents = `${bytes.length}:${createHash('sha256').update(bytes).digest('hex')}`
    } else if (type !== S_IFDIR) {
      contents = row.target
    }
    lines.push([...facts, first ?? '', xattrs.join(','), contents].join(' '))
    if (type === S_IFDIR) {
      for (const name of (await files.readdir(path || '/')).sort()) await visit(`${path}/${name}`)
    }
  }
  await visit('')
  return lines
}
