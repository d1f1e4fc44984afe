import type { Clock, TimeSpec } from '../../core/index.ts'
import type { Inode } from '../tree/inode.ts'

/** The present as inode times have it. */
export function now(clock: Clock): TimeSpec {
  const ms = clock.nowMs()
  const sec = Math.floor(ms / 1000)
  return { sec, nsec: Math.min(999_999_999, Math.floor((ms - sec * 1000) * 1e6)) }
}

/** Sets the time of the last change of status. */
export function stampChange(inode: Inode, time: TimeSpec): void {
  inode.ctimeSec = time.sec
  inode.ctimeNsec = time.nsec
}

/** Sets the times that a change of contents changes. */
export function stampContents(inode: Inode, time: TimeSpec): void {
  inode.mtimeSec = time.sec
  inode.mtimeNsec = time.nsec
  inode.ctimeSec = time.sec
  inode.ctimeNsec = time.nsec
}
