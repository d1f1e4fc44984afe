/**
 * The calls of node:fs that wait for the disk, as promises.
 *
 * They run in libuv's thread pool, so calls that overlap share the flushes of the disk. The promises of
 * `node:fs/promises` would do the same with an object for every open file.
 *
 * @module
 */
import * as fs from 'node:fs'

/** Opens a file and returns its descriptor. */
export function openFile(path: string, flags: string): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, (error, fd) => (error ? reject(error) : resolve(fd)))
  })
}

/** Writes all of `body` from the start of the file. */
export async function writeWhole(fd: number, body: Uint8Array): Promise<void> {
  let written = 0
  while (written < body.length) written += await writeSome(fd, body, written)
}

/** Fills `target` from `offset` of the file on and returns how many bytes there were. */
export async function readInto(fd: number, target: Uint8Array, offset: number): Promise<number> {
  let filled = 0
  while (filled < target.length) {
    const count = await readSome(fd, target, filled, offset + filled)
    if (count === 0) break
    filled += count
  }
  return filled
}

/** Makes a file's bytes and its size durable. */
export function flushData(fd: number): Promise<void> {
  return settled((done) => fs.fdatasync(fd, done))
}

/** Makes a file or folder durable. */
export function flush(fd: number): Promise<void> {
  return settled((done) => fs.fsync(fd, done))
}

/** Gives a file another name, replacing what has it. */
export function rename(from: string, to: string): Promise<void> {
  return settled((done) => fs.rename(from, to, done))
}

/** Gives a file a second name, unless it is taken. */
export function link(from: string, to: string): Promise<void> {
  return settled((done) => fs.link(from, to, done))
}

/** Removes a name. */
export function unlink(path: string): Promise<void> {
  return settled((done) => fs.unlink(path, done))
}

function settled(start: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()))
  })
}

function writeSome(fd: number, body: Uint8Array, from: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(fd, body, from, body.length - from, from, (error, count) =>
      error ? reject(error) : resolve(count),
    )
  })
}

function readSome(fd: number, target: Uint8Array, from: number, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, target, from, target.length - from, offset, (error, count) =>
      error ? reject(error) : resolve(count),
    )
  })
}
