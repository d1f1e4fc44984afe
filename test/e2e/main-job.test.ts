/**
 * The main job on real input: a tree of 20,000 files goes in by tar and rsync, and comes back whole on
 * a machine that has nothing but the bucket.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { differences, Installation, shell } from '../support/installation.ts'
import { makeRealTree } from '../support/real-tree.ts'

it('a tree of 20,000 real files survives the loss of the machine, byte by byte', () => {
  const place = new Installation()
  const original = join(place.folder, 'original')
  mkdirSync(original)
  const entries = makeRealTree(original, 20_000)
  expect(entries).toBeGreaterThanOrEqual(20_000)
  place.make()
  // Commits come by size, not by time, so that the number of objects does not depend on the machine.
  const config = join(place.folder, 'stratus.yaml')
  writeFileSync(config, 'version: 1\ncommit: { interval: 10m }\n')
  place.mount('--config', config)
  const { mountPoint } = place

  // tar, then rsync twice: the second changes nothing.
  shell(
    'mkdir "$2/by-tar" && tar -C "$1" --xattrs --sparse -cf - . | tar -C "$2/by-tar" --xattrs --same-owner -xpf -',
    original,
    mountPoint,
  )
  expect(differences(original, join(mountPoint, 'by-tar'))).toBe('')
  place.flush()
  const first = place.stored()
  expect(first.objects).toBeLessThan(60)

  // The same tree under another name adds almost nothing: names and attributes, no data.
  shell('rsync -aHAX "$1/" "$2/by-rsync/"', original, mountPoint)
  expect(shell('rsync -aHAX --itemize-changes "$1/" "$2/by-rsync/"', original, mountPoint)).toBe('')
  expect(differences(original, join(mountPoint, 'by-rsync'))).toBe('')
  place.flush()
  const second = place.stored()
  expect(second.objects).toBeLessThan(80)
  expect(second.bytes - first.bytes).toBeLessThan(first.bytes / 10)

  // The machine is lost: no daemon, no local state.
  place.kill()
  place.loseState()
  place.mount('--config', config)
  expect(differences(original, join(mountPoint, 'by-tar'))).toBe('')
  expect(differences(original, join(mountPoint, 'by-rsync'))).toBe('')
  expect(
    shell(
      'stat -c %i "$1/by-tar/special/random" "$1/by-tar/special/hard-link" | uniq | wc -l',
      mountPoint,
    ).trim(),
  ).toBe('1')
  expect(Number(shell('stat -c %b "$1/by-tar/special/sparse"', mountPoint))).toBeGreaterThan(0)
  place.umount()
  expect(place.stratus(['fsck', place.url]).status).toBe(0)
})
