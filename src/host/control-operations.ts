import {
  type ByteString,
  type Caller,
  type Ino,
  type MaybePromise,
  type Operations,
  PosixError,
  ROOT_INO,
} from '../core/index.ts'

/** Prefix of the extended attributes of the root directory through which a mount is controlled. */
export const CONTROL_PREFIX = 'stratus.'

/**
 * What can be asked of a mounted file system, and told to it.
 *
 * A command only starts: a setxattr(2) holds the root directory's lock in the kernel until it is answered,
 * and nobody could make a file there meanwhile. Whether it is done shows in the status.
 */
export interface MountControl {
  /** Answers `getxattr`, by name behind {@link CONTROL_PREFIX}. */
  readonly queries: Readonly<Record<string, (() => unknown) | undefined>>
  /** Answers `setxattr`, by name behind {@link CONTROL_PREFIX}. */
  readonly commands: Readonly<Record<string, ((argument: string) => void) | undefined>>
}

/**
 * Adds the control attributes to a file system's operations.
 *
 * They exist on the root directory only, for root and the user who mounted, and no listing shows them.
 *
 * @param mountUid - the user who mounted
 */
export function withControl(
  operations: Operations,
  mountUid: number,
  control: MountControl,
): Operations {
  const controlName = (ino: Ino, name: ByteString): string | undefined =>
    ino === ROOT_INO && name.startsWith(CONTROL_PREFIX)
      ? name.slice(CONTROL_PREFIX.length)
      : undefined
  const check = (caller: Caller): void => {
    if (caller.uid !== 0 && caller.uid !== mountUid) throw new PosixError('EPERM')
  }
  const own = {
    getxattr(ino: Ino, name: ByteString, caller: Caller): Uint8Array {
      const query = controlName(ino, name)
      if (query === undefined) return operations.getxattr(ino, name, caller)
      const answer = Object.hasOwn(control.queries, query) ? control.queries[query] : undefined
      if (answer === undefined) throw new PosixError('ENODATA')
      check(caller)
      return new TextEncoder().encode(JSON.stringify(answer()))
    },
    setxattr(
      ino: Ino,
      name: ByteString,
      value: Uint8Array,
      flags: number,
      caller: Caller,
    ): MaybePromise<void> {
      const command = controlName(ino, name)
      if (command === undefined) return operations.setxattr(ino, name, value, flags, caller)
      const start = Object.hasOwn(control.commands, command) ? control.commands[command] : undefined
      if (start === undefined) throw new PosixError('EOPNOTSUPP')
      check(caller)
      start(new TextDecoder().decode(value))
    },
    removexattr(ino: Ino, name: ByteString, caller: Caller): MaybePromise<void> {
      if (controlName(ino, name) !== undefined) throw new PosixError('EPERM')
      return operations.removexattr(ino, name, caller)
    },
  }
  return { ...bound(operations), ...own }
}

/** The operations without a receiver: bound functions cost the hot path nothing. */
function bound(operations: Operations): Operations {
  return {
    lookup: operations.lookup.bind(operations),
    remember: operations.remember.bind(operations),
    forget: operations.forget.bind(operations),
    getattr: operations.getattr.bind(operations),
    setattr: operations.setattr.bind(operations),
    readlink: operations.readlink.bind(operations),
    mknod: operations.mknod.bind(operations),
    mkdir: operations.mkdir.bind(operations),
    symlink: operations.symlink.bind(operations),
    link: operations.link.bind(operations),
    unlink: operations.unlink.bind(operations),
    rmdir: operations.rmdir.bind(operations),
    rename: operations.rename.bind(operations),
    read: operations.read.bind(operations),
    write: operations.write.bind(operations),
    fsync: operations.fsync.bind(operations),
    readdir: operations.readdir.bind(operations),
    getxattr: operations.getxattr.bind(operations),
    listxattr: operations.listxattr.bind(operations),
    setxattr: operations.setxattr.bind(operations),
    removexattr: operations.removexattr.bind(operations),
    statfs: operations.statfs.bind(operations),
    settle: operations.settle.bind(operations),
  }
}
