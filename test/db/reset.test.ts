// Reset empties the store under running processes, and nothing that they hold can touch what comes after.
import { expect, it } from 'vitest'
import { reset } from '../../src/db/reset.ts'
import { settle } from '../../src/db/settle.ts'
import { verify } from '../../src/db/verify.ts'
import { testDatabase } from '../support/database.ts'
import { addProcess, addTask, addTasks } from './fixtures.ts'

const { pool } = await testDatabase()
const at = '2020-01-01T00:00:00Z'

it('deletes tasks and history, tells who runs one, takes the finished off the tallies, and goes on with the ids', async () => {
  const owner = await addProcess(pool)
  const held = { claimed_by: owner, claimed_at: new Date().toISOString(), attempts: 1, claim_number: 1 }
  const running = await addTask(pool, { ...held, status: 'in_progress' })
  await addTasks(pool, 3, { ...held, status: 'done', finished_at: at })
  const failed = await addTask(pool, { ...held, kind: 'other', status: 'error', error: 'e', finished_at: at })
  await pool.query(`insert into taskproc.tallies (queue, kind, done) values ('default', 'noop', 10)`)
  await pool.query(
    `insert into taskproc.task_logs (task_id, attempt, event, level, message) values ($1, 1, 'failed', 'error', 'e')`,
    [failed],
  )
  const listener = await pool.connect()
  const heard: (string | undefined)[] = []
  listener.on('notification', ({ payload }) => heard.push(payload))
  await listener.query('listen taskproc_cancel')

  expect(await reset(pool)).toBe(5)
  await listener.query('select 1')
  listener.release(true)
  expect(heard).toEqual([String(running)])
  const { rows } = await pool.query(`select
    (select count(*)::int from taskproc.tasks) as tasks, (select count(*)::int from taskproc.task_logs) as logs,
    (select json_agg(t order by kind) from (select kind, done, error, cancelled from taskproc.tallies) as t) as tallies`)
  expect(rows).toEqual([
    {
      tasks: 0,
      logs: 0,
      tallies: [
        { kind: 'noop', done: 7, error: 0, cancelled: 0 },
        { kind: 'other', done: 0, error: -1, cancelled: 0 },
      ],
    },
  ])

  const next = await addTask(pool)
  expect(Number(next)).toBeGreaterThan(Number(failed))
  const late = { id: running, claimNumber: 1, processId: owner }
  const claim = { ...late, queue: 'default', kind: 'noop', payload: null, attempt: 1, maxAttempts: 3 }
  const rest = { crashes: 0, timeoutMs: null, backoffMs: null, waitedMs: 0, claimedAtS: null, trace: null }
  const written = await settle(pool, 'p', [
    { claim: { ...claim, ...rest }, settlement: { verb: 'complete', result: null }, tookMs: 1 },
  ])
  expect(written.size).toBe(0)
  expect((await verify(pool)).violations).toBe(0)
})

it('waits for nobody for long, and then has done nothing', async () => {
  await addTasks(pool, 2)
  const client = await pool.connect()
  await client.query('begin; lock table taskproc.task_logs in access share mode')
  await expect(reset(pool)).rejects.toThrow(/lock timeout/)
  await client.query('rollback')
  client.release()
  const { rows } = await pool.query('select count(*)::int as n from taskproc.tasks')
  expect(rows[0].n).toBeGreaterThanOrEqual(2)
})
