import {
  type DedupIndex,
  type MetadataStore,
  type RowChange,
  StratusError,
} from '../../core/index.ts'

/** Whether a change concerns files' data and its place in the bucket, not the tree. */
export function isDataChange(change: RowChange): boolean {
  switch (change.kind) {
    case 'extent':
    case 'extentClear':
    case 'block':
    case 'blockDelete':
    case 'pack':
    case 'packDelete':
    case 'session':
      return true
    case 'inode':
    case 'inodeDelete':
    case 'dentry':
    case 'dentryDelete':
    case 'xattr':
    case 'xattrDelete':
    case 'data':
      return false
  }
}

/** Applies one change of a log object or checkpoint to a view and its dedup index. */
export function applyChange(store: MetadataStore, dedup: DedupIndex, change: RowChange): void {
  switch (change.kind) {
    case 'inode':
      store.putInode(change.row)
      return
    case 'inodeDelete':
      store.deleteInode(change.ino)
      return
    case 'dentry':
      store.putDentry(change.parent, change.name, change.ino)
      return
    case 'dentryDelete':
      store.deleteDentry(change.parent, change.name)
      return
    case 'xattr':
      store.putXattr(change.row)
      return
    case 'xattrDelete':
      store.deleteXattr(change.ino, change.name)
      return
    case 'extent':
      store.putExtent(change.row)
      return
    case 'extentClear':
      store.clearExtents(change.ino, change.offset, change.length)
      return
    case 'block':
      store.putBlock(change.row)
      dedup.insert(change.row.digest, change.row.id)
      return
    case 'blockDelete': {
      const block = store.getBlock(change.id)
      if (block !== undefined) dedup.remove(block.digest, block.id)
      store.deleteBlock(change.id)
      return
    }
    case 'pack':
      store.putPack(change.row)
      return
    case 'packDelete':
      store.deletePack(change.number)
      return
    case 'session':
      store.putSession(change.row)
      return
    case 'data':
      throw new StratusError(
        'DATA_CORRUPT',
        'a log object holds a change that belongs in a journal',
      )
  }
}
