// What benchmarks left that were killed: rows in this database, and databases beside it.
import { expect, it } from 'vitest'
import { holdMark } from '../../../src/db/bench/mark.ts'
import { judgeLeftovers } from '../../../src/db/doctor/leftovers.ts'
import { testDatabase } from '../../support/database.ts'
import { atTestEnd } from '../../support/end.ts'
import { addTask } from '../fixtures.ts'
import { diagnose } from './diagnosis.ts'

const database = await testDatabase()
const NAME = 'rows of a benchmark left'

it('finds the rows of one that is gone, not of one that runs, and not those of a queue of the user', async () => {
  for (const queue of ['taskproc-race-0123456789ab', 'taskproc-bench-ba9876543210', 'taskproc-bench', 'mine'])
    await addTask(database.pool, { queue, run_at: '2999-01-01T00:00:00Z' })
  const leave = await holdMark(database.url, 'taskproc-race-0123456789ab')
  atTestEnd(leave)
  expect((await diagnose(database)).named(NAME)).toEqual([
    {
      name: NAME,
      severity: 'info',
      evidence:
        'rows of benchmarks that were killed are in this database, in 1 queue: taskproc-bench-ba9876543210',
      fix: expect.stringContaining('taskproc bench race'),
    },
  ])
})

it('names the databases, with what drops them', () => {
  const databases = [{ name: 'taskproc_bench_1_ab', ageSeconds: 7200 }]
  expect(judgeLeftovers({ databases, queues: [] })).toEqual([
    {
      name: 'scratch databases left',
      severity: 'info',
      evidence: '1 scratch database of benchmarks that were killed, the oldest made 2 h ago',
      fix: expect.stringMatching(/\ndrop database taskproc_bench_1_ab;$/),
    },
  ])
  expect(judgeLeftovers({ databases: [], queues: [] })).toEqual([])
})
