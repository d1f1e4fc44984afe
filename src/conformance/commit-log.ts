import assert from 'node:assert/strict'
import type { CommitLog } from '../core/commit-log.ts'
import type { MaybePromise } from '../core/units.ts'
import type { ConformanceCase } from './case.ts'
import { expectBytes, expectFailure } from './expectations.ts'
import { noise } from './sample-bytes.ts'

/** Opens the log for one more writer. All writers of one subject share one log. */
export type OpenCommitLog = () => MaybePromise<CommitLog>

/** The rules of {@link CommitLog}. */
export const commitLogCases: readonly ConformanceCase<OpenCommitLog>[] = [
  {
    id: 'CL-01',
    rule: 'a taken number is FENCED, and every writer reads the record that stands',
    async run(open) {
      const [first, second] = [await open(), await open()]
      assert.equal(await second.read(1), undefined)
      await first.append(1, noise(1000, 1))
      await expectFailure('FENCED', 'second writer', () => second.append(1, noise(1000, 2)))
      // A prefix of the record and a longer one are other records too.
      await expectFailure('FENCED', 'shorter record', () => second.append(1, noise(999, 1)))
      await expectFailure('FENCED', 'longer record', () => second.append(1, noise(1001, 1)))
      await expectRecord(first, 1, noise(1000, 1))
      await expectRecord(second, 1, noise(1000, 1))
    },
  },
  {
    id: 'CL-02',
    rule: 'of writers that race for a number one wins, its record stands, and the others are FENCED',
    async run(open) {
      const writers = await Promise.all(Array.from({ length: 8 }, () => open()))
      const attempts = writers.map((writer, n) => writer.append(1, noise(1000, n + 1)))
      const outcomes = await Promise.allSettled(attempts)
      const winners = outcomes.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []))
      assert.equal(winners.length, 1, 'number of winners')
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'FENCED')
      }
      for (const writer of writers) await expectRecord(writer, 1, noise(1000, Number(winners) + 1))
    },
  },
  {
    id: 'CL-03',
    rule: 'appending the bytes that already stand succeeds',
    async run(open) {
      const log = await open()
      await log.append(1, noise(1000))
      await log.append(1, noise(1000))
      const reopened = await open()
      await reopened.append(1, noise(1000))
      await expectRecord(reopened, 1, noise(1000))
    },
  },
  {
    id: 'CL-04',
    rule: 'truncate removes the records up to its number, keeps the others and ignores absent ones',
    async run(open) {
      const log = await open()
      for (const sequence of [1, 2, 15, 16, 17]) await log.append(sequence, noise(100, sequence))
      await log.truncate(16)
      await log.truncate(16)
      for (const sequence of [1, 2, 15, 16]) assert.equal(await log.read(sequence), undefined)
      await expectRecord(log, 17, noise(100, 17))
    },
  },
  {
    id: 'CL-05',
    rule: 'has tells of every record that stands, whoever wrote or removed it, and of no other',
    async run(open) {
      const [writer, other] = [await open(), await open()]
      assert.equal(await writer.has(1), false, 'record 1 before it was written')
      for (const sequence of [1, 2, 3]) await writer.append(sequence, noise(100, sequence))
      for (const log of [writer, other, await open()]) {
        for (const sequence of [1, 2, 3]) {
          assert.equal(await log.has(sequence), true, `record ${sequence}`)
        }
        assert.equal(await log.has(4), false, 'record 4')
      }
      await other.truncate(2)
      for (const log of [writer, other, await open()]) {
        assert.equal(await log.has(1), false, 'record 1 after it was removed')
        assert.equal(await log.has(3), true, 'record 3 after older ones were removed')
      }
    },
  },
]

async function expectRecord(log: CommitLog, sequence: number, record: Uint8Array): Promise<void> {
  const actual = await log.read(sequence)
  assert.ok(actual, `record ${sequence} is absent`)
  expectBytes(actual, record, `record ${sequence}`)
}
