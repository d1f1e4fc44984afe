import { type Ino, NAME_BYTES_MAX, ROOT_INO, S_IFDIR } from '../../core/index.ts'
import { NumbersById } from './numbers-by-id.ts'
import type { CheckedView, ViewRule } from './rule.ts'

/** Names of a directory besides those of its subdirectories: its own and `.`. */
const DIRECTORY_LINKS = 2

/** A name as it can be shown. */
function shown(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8')
}

function isDirectory(view: CheckedView, ino: Ino): boolean {
  return view.typeOf(ino) === S_IFDIR
}

function isPossibleName(name: string): boolean {
  if (name.length === 0 || name.length > NAME_BYTES_MAX) return false
  return name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0')
}

/** How far {@link findLoops} has come with a directory. */
const mark = { unseen: 0, onPath: 1, done: 2 } as const

/** Yields one directory of each loop in the relation from directory to parent. */
function* findLoops(parents: NumbersById): Generator<Ino> {
  const marks = new NumbersById()
  for (const [start] of parents.entries()) {
    const path: Ino[] = []
    let at = start
    while (at !== 0 && marks.get(at) === mark.unseen) {
      marks.set(at, mark.onPath)
      path.push(at)
      at = parents.get(at)
    }
    if (at !== 0 && marks.get(at) === mark.onPath) yield at
    for (const ino of path) marks.set(ino, mark.done)
  }
}

/**
 * Rules about names. Together they say that all is reachable: every directory has a name, in a directory
 * that exists, and there are no loops.
 */
export const treeRules: readonly ViewRule[] = [
  {
    id: 'root',
    sentence: 'The root exists, is a directory and its own parent.',
    begin: ({ store }, find) => ({
      end() {
        const root = store.getInode(ROOT_INO)
        if (root === undefined) find('the root directory does not exist')
        else if (
          (root.mode & S_IFDIR) !== S_IFDIR ||
          root.parent !== ROOT_INO ||
          root.nlink === 0
        ) {
          const { mode, parent, nlink } = root
          find('the root is no sound directory', { mode: mode.toString(8), parent, nlink })
        }
      },
    }),
  },
  {
    id: 'name-bytes',
    sentence: 'Names are 1 to 255 bytes without slash and NUL, and neither "." nor "..".',
    begin: (_view, find) => ({
      dentry({ parent, name }) {
        if (!isPossibleName(name)) find('a name is impossible', { parent, name: shown(name) })
      },
    }),
  },
  {
    id: 'name-inode',
    sentence: 'Every name stands for an inode that exists.',
    begin: (view, find) => ({
      dentry({ parent, name, ino }) {
        if (view.typeOf(ino) !== 0) return
        find('a name stands for an inode that does not exist', { parent, name: shown(name), ino })
      },
    }),
  },
  {
    id: 'name-directory',
    sentence: 'Every name is in a directory that exists and was not removed.',
    begin: (view, find) => {
      let last = 0
      let sound = false
      return {
        dentry({ parent, name }) {
          if (parent !== last) {
            last = parent
            sound = isDirectory(view, parent) && view.store.getInode(parent)?.nlink !== 0
          }
          if (sound) return
          find('a name is in no directory', { parent, name: shown(name) })
        },
      }
    },
  },
  {
    id: 'directory-name',
    sentence: 'Every directory has exactly one name; the root has none.',
    begin: (view, find) => {
      const missing = new NumbersById()
      return {
        inode({ ino, nlink }) {
          if (ino !== ROOT_INO && nlink > 0 && isDirectory(view, ino)) missing.set(ino, 1)
        },
        dentry({ ino }) {
          if (isDirectory(view, ino)) missing.add(ino, -1)
        },
        end() {
          for (const [ino, count] of missing.entries()) {
            if (count === 1) find('a directory has no name', { ino })
            else find('a directory has too many names', { ino, surplus: -count })
          }
        },
      }
    },
  },
  {
    id: 'directory-parent',
    sentence: 'A directory has the directory that names it as its parent; other inodes have none.',
    begin: (view, find) => ({
      inode({ ino, parent }) {
        if (parent !== 0 && !isDirectory(view, ino)) {
          find('an inode that is no directory has a parent', { ino, parent })
        }
      },
      dentry({ parent, name, ino }) {
        if (!isDirectory(view, ino)) return
        const stored = view.store.getInode(ino)?.parent ?? 0
        if (stored === parent) return
        find('a directory has another parent', {
          ino,
          parent: stored,
          in: parent,
          name: shown(name),
        })
      },
    }),
  },
  {
    id: 'directory-loop',
    sentence: 'No directory lies within itself.',
    begin: (view, find) => {
      const parents = new NumbersById()
      return {
        dentry({ parent, ino }) {
          if (isDirectory(view, ino)) parents.set(ino, parent)
        },
        end() {
          for (const ino of findLoops(parents)) find('a directory lies within itself', { ino })
        },
      }
    },
  },
  {
    id: 'link-count',
    sentence: 'Link counts equal the names; those of directories are 2 and the subdirectories.',
    begin: (view, find) => {
      const surplus = new NumbersById()
      return {
        inode({ ino, nlink }) {
          const own = nlink > 0 && isDirectory(view, ino) ? DIRECTORY_LINKS : 0
          surplus.add(ino, nlink - own)
        },
        dentry({ parent, ino }) {
          if (view.typeOf(ino) === 0) return
          surplus.add(isDirectory(view, ino) ? parent : ino, -1)
        },
        end() {
          for (const [ino, count] of surplus.entries()) {
            const inode = view.store.getInode(ino)
            if (inode === undefined) continue
            const { nlink } = inode
            find('an inode has another link count than names', {
              ino,
              nlink,
              expected: nlink - count,
            })
          }
        },
      }
    },
  },
]
