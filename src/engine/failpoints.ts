/**
 * Moments at which a crash is most likely to hurt, each named after the step it follows.
 *
 * Compiled in always and free when nobody listens. A test stops the world at each of them and mounts what
 * is left; it fails if one is never reached.
 */

/** All failpoints. */
export const failpoints = [
  'journal.afterCreate',
  'journal.afterFlush',
  'journal.afterRoll',
  'journal.afterTrim',
  'commit.afterSeal',
  'commit.afterSnapshot',
  'commit.afterPacks',
  'commit.afterAppend',
  'commit.afterApply',
  'commit.afterView',
  'checkpoint.afterPart',
  'checkpoint.afterParts',
  'checkpoint.afterManifest',
  'checkpoint.afterTruncate',
  'checkpoint.afterOlder',
  'checkpoint.afterSuperfluous',
  'recovery.afterScan',
  'recovery.afterCheckpoint',
  'recovery.afterRecord',
  'recovery.afterView',
  'recovery.afterDiscard',
  'recovery.afterReplay',
  'close.afterFlush',
  'close.afterSession',
  'close.afterJournal',
] as const

/** One of {@link failpoints}. */
export type Failpoint = (typeof failpoints)[number]

let listener: ((point: Failpoint) => void) | undefined

/** Tells that the step a failpoint is named after has been done. */
export function reached(point: Failpoint): void {
  listener?.(point)
}

/**
 * Has `heard` called, synchronously, at each failpoint of this thread until the result is disposed of.
 *
 * What `heard` throws comes out of the step.
 */
export function onFailpoint(heard: (point: Failpoint) => void): Disposable {
  listener = heard
  return {
    [Symbol.dispose]() {
      listener = undefined
    },
  }
}
