import type { DirectorySink, Ino } from '../../core/index.ts'
import type { Volume } from '../tree/volume.ts'

/** Entries read from the view at a time. A kernel buffer of 1 MiB holds about 5,000. */
const PAGE_ENTRIES = 512

/** See `Operations.readdir`. */
export function readdir(volume: Volume, ino: Ino, after: number, sink: DirectorySink): void {
  volume.directory(ino)
  // The listing joins entries with inodes in the view, so that a page costs one statement.
  volume.inodes.save()
  let cookie = after
  for (;;) {
    const page = volume.store.listDentries(ino, cookie, PAGE_ENTRIES)
    for (const { dentry, inode } of page) {
      if (!sink(dentry, volume.inodes.peek(inode.ino) ?? inode)) return
      cookie = dentry.cookie
    }
    if (page.length < PAGE_ENTRIES) return
  }
}
