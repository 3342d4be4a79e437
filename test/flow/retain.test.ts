// serve --retain: what is old goes bit by bit while the work goes on; what is young or lives stays, and two processes share the work.
import { beforeEach, expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { serving } from './serving.ts'
import { become, counts, expectSound, put } from './table.ts'

const { url, pool } = await testDatabase()

beforeEach(() =>
  pool.query(`delete from taskproc.tasks; delete from taskproc.tallies; delete from taskproc.task_logs;
    update taskproc.retention set after_id = 0, next_at = now()`),
)

async function addEnded(count: number, age: string, status = 'cancelled'): Promise<void> {
  await pool.query(
    `insert into taskproc.tasks (kind, status, error, created_at, finished_at)
     select 'old', $2, case $2 when 'error' then 'e' end, now() - $3::interval, now() - $3::interval
     from generate_series(1, $1)`,
    [count, status, age],
  )
}

it('deletes what is old, with its logs, and leaves what is young, pending or running', async () => {
  await addEnded(3500, '2 hours')
  await addEnded(10, '2 hours', 'error')
  await pool.query(
    `insert into taskproc.task_logs (task_id, attempt, event, level, message)
     select id, 1, 'failed', 'error', 'e' from taskproc.tasks where failed`,
  )
  await addEnded(20, '30 minutes')
  await put(pool, { kind: 'hang' })
  await put(pool, { kind: 'noop', delayMs: 3_600_000 })
  await pool.query(
    `update taskproc.tasks set created_at = now() - interval '9 days' where finished_at is null`,
  )
  const process = await serving(url, { settings: { retain: '1h', drainTimeout: '1s' } })
  await become(pool, { cancelled: 20, pending: 1, in_progress: 1 }, { deadlineMs: 30_000 })
  const { rows: logs } = await pool.query('select from taskproc.task_logs')
  expect(logs).toEqual([])
  process.signal('SIGTERM')
  await process.exit
  const told = process.logged('prune.done')
  expect(told.reduce((sum, line) => sum + Number(line['tasks']), 0)).toBe(3510)
  expect(told[0]?.msg).toMatch(/^pruned [\d,]+ tasks/)
  const { rows } = await pool.query('select error, cancelled from taskproc.tallies')
  expect(rows).toEqual([{ error: -10, cancelled: -3500 }])
  await expectSound(pool)
})

it('goes round again, so that what is young now goes later', async () => {
  const process = await serving(url, { settings: { retain: '3s' } })
  await put(pool, { kind: 'noop' }, 50)
  await become(pool, { done: 50 })
  await become(pool, {}, { deadlineMs: 30_000 })
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
})

it('is shared by processes, of which none deletes what another did, and goes on without one that is killed', async () => {
  await addEnded(8000, '2 hours')
  const processes = [
    await serving(url, { settings: { retain: '1h' } }),
    await serving(url, { settings: { retain: '1h' } }),
  ]
  const [killed, stays] = processes
  await eventually('it has begun', async () => ((await counts(pool)).cancelled ?? 0) < 8000)
  killed?.signal('SIGKILL')
  // A turn that died with its process would come back after a minute.
  await pool.query(`update taskproc.retention set next_at = now()`)
  await become(pool, {}, { deadlineMs: 40_000 })
  stays?.signal('SIGTERM')
  expect(await stays?.exit).toMatchObject({ exitCode: 0 })
  const { rows } = await pool.query('select cancelled from taskproc.tallies')
  expect(rows).toEqual([{ cancelled: -8000 }])
  await expectSound(pool)
})

it('deletes nothing where nobody asks for it', async () => {
  await addEnded(10, '9 days')
  const process = await serving(url, { settings: { untilEmpty: true } })
  await put(pool, { kind: 'noop' })
  await process.exit
  expect((await counts(pool)).cancelled).toBe(10)
  expect(process.logged('prune.done')).toEqual([])
})
