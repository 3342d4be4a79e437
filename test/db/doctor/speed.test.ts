// How long claims take: what lies in front of a lane is seen in a real table, the rest is judged by its numbers.
import { describe, expect, it } from 'vitest'
import { judgeProbe, judgeTimes, type LaneProbe } from '../../../src/db/doctor/speed.ts'
import { createClient } from '../../../src/db/pool.ts'
import { testDatabase } from '../../support/database.ts'
import { atTestEnd } from '../../support/end.ts'
import { addProcess, addTasks } from '../fixtures.ts'
import { diagnose } from './diagnosis.ts'

const database = await testDatabase()
const { url, pool } = database

it('finds dead rows in front of a lane, which an old snapshot keeps there', async () => {
  await addProcess(pool)
  await addTasks(pool, 5_000)
  // So that neighbours in the index are no neighbours in the table.
  await pool.query(
    `update taskproc.tasks set run_at = now() - (id * 7919 % 5000) * interval '1 second' - interval '1 day'`,
  )
  const holder = createClient({ url, applicationName: 'holder' })
  await holder.connect()
  atTestEnd(() => holder.end())
  await holder.query('begin isolation level repeatable read; select 1')
  await pool.query('delete from taskproc.tasks')
  await addTasks(pool, 10)
  const [finding] = (await diagnose(database)).named('slow lane')
  expect(finding).toMatchObject({
    severity: 'warning',
    evidence: expect.stringMatching(
      /^to find the first 10 tasks of noop in default \(priority 0\), [\d,]{5,} pages/,
    ),
  })
  await holder.query('rollback')
  await pool.query('vacuum taskproc.tasks')
  expect((await diagnose(database)).named('slow lane')).toEqual([])
})

describe('by its numbers', () => {
  it.each([
    ['few calls, however slow', { calls: 19, mean_ms: 1_000, rows: 0 }, 0],
    ['a batch that takes its time', { calls: 20, mean_ms: 150, rows: 500 }, 0],
    ['a batch that takes longer', { calls: 20, mean_ms: 151, rows: 500 }, 1],
    ['a claim of one that takes as long', { calls: 20, mean_ms: 26, rows: 1 }, 1],
  ])('%s', (_, times, findings) => {
    expect(judgeTimes({ statement: 'claim', ...times })).toHaveLength(findings)
  })

  it('a look at a lane may cost its tasks a few pages each', () => {
    const probe: LaneProbe = { queue: 'q', kind: 'k', priority: 0, pages: 500, found: 10, took_ms: 1 }
    expect(judgeProbe(probe)).toEqual([])
    expect(judgeProbe({ ...probe, pages: 501 })).toHaveLength(1)
    expect(judgeProbe({ ...probe, found: 9 })).toHaveLength(1)
  })
})
