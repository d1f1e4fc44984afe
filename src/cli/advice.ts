import type { ErrorCode, ErrorDetails } from '../core/index.ts'

/** What to do about a failure whose message does not say it itself. */
export const advice: Readonly<Partial<Record<ErrorCode, (details: ErrorDetails) => string>>> = {
  BACKEND_DENIED: () => 'check the credentials and the rights on the store',
  BACKEND_UNAVAILABLE: () => 'check that the store can be reached, then try again',
  DATA_CORRUPT: () => 'run stratus fsck on the file system',
  FENCED: () => 'another mount took the file system over; mount again to go on from what it has',
  FILE_SYSTEM_BUSY: ({ host, pid, since }) =>
    `by process ${pid} on ${host}, since ${since}; unmount it there, or, if that machine is gone for ` +
    'good, take over with mount --force',
  FILE_SYSTEM_EXISTS: () => 'choose another place, or remove what is there first',
  FILE_SYSTEM_NOT_FOUND: () => 'check the storage URL, or make a file system with stratus mkfs',
  FILE_SYSTEM_ROLLED_BACK: () => 'to go on with the older state, mount with --accept-rollback',
  FORMAT_UNSUPPORTED: () => 'use a newer version of Stratus',
  FUSE_UNAVAILABLE: () => 'check that /dev/fuse exists and that fuse3 is installed',
  HISTORY_DIVERGED: ({ journal }) =>
    `bring them out with stratus recover, then mount with --force to leave them behind; they are in ${journal}`,
  JOURNAL_CORRUPT: () => 'check the disk that holds the local state',
  LOCAL_DISK_FULL: () => 'make room there, or choose another folder with --cachedir',
}
