/** Marks a database file as a view of ours: "SVW1" in ASCII, in the header of the file. */
export const APPLICATION_ID = 0x53_56_57_31

/** Version of {@link SCHEMA}. A view of another version is not opened: it can be rebuilt. */
export const SCHEMA_VERSION = 1

/**
 * The tables of a view.
 *
 * Names, link targets and xattr names are TEXT with one code point (U+0000 to U+00FF) per byte: strings
 * cross into SQLite faster than buffers, and the order of UTF-8 is the order of the bytes.
 *
 * Nothing here is the only copy of anything, so columns may change with {@link SCHEMA_VERSION}.
 */
export const SCHEMA = `
-- inodes          One row per inode, orphans included.
--
-- ino             Inode number. Set by the engine.
-- mode            st_mode: type and permissions.
-- nlink           Names that refer to the inode. 0 from the removal of the last name until the last
--                 reference is gone; then the row goes.
-- rdev            Device number; 0 for all but device files.
-- size            Length of a file or of a link's target, bytes; otherwise 0.
-- *_sec, *_nsec   Time in seconds since 1970, which may be negative, and the nanoseconds on top.
-- parent          For a directory the one it is in, for the root itself; otherwise 0.
-- target          Where a symbolic link points; otherwise empty.
CREATE TABLE inodes (
  ino INTEGER PRIMARY KEY,
  mode INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  gid INTEGER NOT NULL,
  nlink INTEGER NOT NULL,
  rdev INTEGER NOT NULL,
  size INTEGER NOT NULL,
  atime_sec INTEGER NOT NULL,
  atime_nsec INTEGER NOT NULL,
  mtime_sec INTEGER NOT NULL,
  mtime_nsec INTEGER NOT NULL,
  ctime_sec INTEGER NOT NULL,
  ctime_nsec INTEGER NOT NULL,
  btime_sec INTEGER NOT NULL,
  btime_nsec INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  target TEXT NOT NULL
) STRICT;

-- Orphans are found at mount without reading the table.
CREATE INDEX inodes_orphaned ON inodes (nlink) WHERE nlink = 0;

-- dentries        One row per name. The key serves lookup with one descent; the index holds all columns
--                 and serves listings.
--
-- parent          The directory.
-- name            The name in it.
-- ino             The inode the name stands for. May be missing for as long as a batch of changes is
--                 applied.
-- cookie          Place in the directory. Drawn from totals.cookie when the entry is made or pointed
--                 elsewhere, so it also grows across directories.
CREATE TABLE dentries (
  parent INTEGER NOT NULL,
  name TEXT NOT NULL,
  ino INTEGER NOT NULL,
  cookie INTEGER NOT NULL,
  PRIMARY KEY (parent, name)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX dentries_by_cookie ON dentries (parent, cookie, ino);

-- xattrs          One row per extended attribute. Goes with its inode.
CREATE TABLE xattrs (
  ino INTEGER NOT NULL,
  name TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (ino, name)
) STRICT, WITHOUT ROWID;

-- packs           One row per pack.
--
-- number          Number of the pack. Set by the engine.
-- id              Random 128 bits, from which the key of the pack is derived.
-- container       0 when the pack is an object of its own, otherwise the commit that carries it.
-- container_offset Where the pack starts in its container, bytes.
-- size_bytes      Size of the pack.
CREATE TABLE packs (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  container INTEGER NOT NULL,
  container_offset INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL
) STRICT;

-- blocks          One row per block.
--
-- id              Number of the block. Set by the engine.
-- digest          Keyed hash of the plaintext. Two blocks may share one: after the packs were read back
--                 by fsck, for example. The older is then the one that is found.
-- pack            The pack it is stored in; changes when the block moves.
-- record          Number of its record in the pack.
-- offset          Where the record starts in the pack, bytes.
-- stored_bytes    Size of the record.
-- plain_bytes     Size of the plaintext.
-- compressor      Format number of the compressor, 0 for none.
-- refs            Rows of extents that name the block. 0 when inserted; kept by every statement that
--                 inserts or removes an extent; not touched when the block moves.
CREATE TABLE blocks (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL,
  pack INTEGER NOT NULL,
  record INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  stored_bytes INTEGER NOT NULL,
  plain_bytes INTEGER NOT NULL,
  compressor INTEGER NOT NULL,
  refs INTEGER NOT NULL DEFAULT 0 CHECK (refs >= 0)
) STRICT;

CREATE INDEX blocks_by_digest ON blocks (digest);
CREATE INDEX blocks_by_place ON blocks (pack, offset);

-- Dead blocks are found without reading the table.
CREATE INDEX blocks_dead ON blocks (refs) WHERE refs = 0;

-- extents         One row per part of a file that lies in a block. Parts of one file never overlap;
--                 what no part covers is a hole.
--
-- offset          First byte in the file.
-- length          Bytes, at least 1.
-- block           The block. Always in the table of blocks.
-- block_offset    First byte in the block.
CREATE TABLE extents (
  ino INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL,
  block INTEGER NOT NULL,
  block_offset INTEGER NOT NULL,
  PRIMARY KEY (ino, offset)
) STRICT, WITHOUT ROWID;

-- session         At most one row: who has or had the file system mounted. See SessionRow.
CREATE TABLE session (
  only INTEGER PRIMARY KEY CHECK (only = 0),
  id TEXT NOT NULL,
  host TEXT NOT NULL,
  machine TEXT NOT NULL,
  pid INTEGER NOT NULL,
  since_ms REAL NOT NULL,
  open INTEGER NOT NULL
) STRICT;

-- position        At most one row: how far the view has come. Written by each commit. See ViewPosition.
CREATE TABLE position (
  only INTEGER PRIMARY KEY CHECK (only = 0),
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL,
  journal_applied INTEGER NOT NULL,
  journal_committed INTEGER NOT NULL,
  journal TEXT NOT NULL
) STRICT;

-- totals          Exactly one row. The store counts in memory and writes the row with each commit, so
--                 it always fits the tables of that commit.
--
-- The first eight columns are redundant: each equals a count or a sum over one table, named in the
-- comment, and exists so that statfs reads no table.
--
-- inodes          count(*) of inodes
-- dentries        count(*) of dentries
-- extents         count(*) of extents
-- blocks          count(*) of blocks
-- packs           count(*) of packs
-- file_bytes      sum(size) of inodes that are regular files
-- plain_bytes     sum(plain_bytes) of blocks
-- stored_bytes    sum(stored_bytes) of blocks
-- cookie          Last cookie given to an entry.
-- max_block       Largest block number the view ever held, also when that block is gone.
-- max_pack        Likewise for packs.
CREATE TABLE totals (
  only INTEGER PRIMARY KEY CHECK (only = 0),
  inodes INTEGER NOT NULL,
  dentries INTEGER NOT NULL,
  extents INTEGER NOT NULL,
  blocks INTEGER NOT NULL,
  packs INTEGER NOT NULL,
  file_bytes INTEGER NOT NULL,
  plain_bytes INTEGER NOT NULL,
  stored_bytes INTEGER NOT NULL,
  cookie INTEGER NOT NULL,
  max_block INTEGER NOT NULL,
  max_pack INTEGER NOT NULL
) STRICT;

INSERT INTO totals VALUES (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
`
