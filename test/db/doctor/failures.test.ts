// Quarantined tasks, and kinds of which many fail lately.
import { beforeEach, expect, it } from 'vitest'
import { judgeOutcomes } from '../../../src/db/doctor/failures.ts'
import { declareDead, rescue } from '../../../src/db/rescue.ts'
import { testDatabase } from '../../support/database.ts'
import { addClaimed, addProcess, addTasks, deleteAll } from '../fixtures.ts'
import { diagnose, namesOf } from './diagnosis.ts'

const database = await testDatabase()
const { pool } = database

beforeEach(() => deleteAll(pool))

it('finds a task that was quarantined by a real rescue', async () => {
  const id = await addProcess(pool, { name: 'crashing' })
  const [claim] = await addClaimed(pool, id, 1)
  await declareDead(pool, id)
  await rescue(pool, 1, 10)
  const [finding] = (await diagnose(database)).named('quarantined')
  expect(finding?.severity).toBe('warning')
  expect(finding?.evidence).toMatch(
    /^1 task of noop in the last day, the last one .* ago: quarantined: 1 processes died .* the last one was crashing$/,
  )
  expect(finding?.fix).toMatch(new RegExp(`^taskproc logs ${claim?.id}\ntaskproc retry ${claim?.id} `))
  await pool.query(`update taskproc.tasks set finished_at = now() - interval '25 hours'`)
  expect((await diagnose(database)).named('quarantined')).toEqual([])
})

it('finds a kind of which many of the last tasks failed', async () => {
  const owner = await addProcess(pool)
  const { rows } = await pool.query('select to_jsonb(now()) as now')
  const ended = {
    claimed_by: owner,
    claimed_at: rows[0].now,
    finished_at: rows[0].now,
    attempts: 1,
    claim_number: 1,
  }
  await addTasks(pool, 6, { ...ended, kind: 'bad', status: 'error', error: 'no such host' })
  await addTasks(pool, 4, { ...ended, kind: 'bad', status: 'done' })
  await addTasks(pool, 4, { ...ended, kind: 'small', status: 'error', error: 'e' })
  await addTasks(pool, 50, { ...ended, kind: 'good', status: 'done' })
  const diagnosis = await diagnose(database)
  expect(diagnosis.findings).toMatchObject([
    {
      ...{ name: 'error rate', severity: 'warning' },
      evidence:
        'bad: 6 of the last 10 tasks that ended within the hour are in error (60 %); the last: no such host',
    },
  ])
  await pool.query(`update taskproc.tasks set claimed_at = now() - interval '61 minutes'`)
  expect(namesOf(await diagnose(database))).toEqual([])
})

it('takes a fifth for worth knowing and half for wrong', () => {
  const judge = (failed: number) =>
    judgeOutcomes({ kind: 'k', finished: 100, failed, id: 1, error: 'e' })[0]?.severity
  expect([19, 20, 49, 50].map(judge)).toEqual([undefined, 'info', 'info', 'warning'])
})
