// Failing: again after a delay while attempts are left, then error; each failure in the history, and no other row.
import { expect, it } from 'vitest'
import { taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { serve } from './serving.ts'
import { expectSound, history, put, row } from './table.ts'

const { url, pool } = await testDatabase()
const settings = { untilEmpty: true, fetchInterval: '1s' }

it('tries again until it succeeds, gives up after the last attempt, and at once what can never work', async () => {
  const [flaky] = await put(pool, { kind: 'flaky', payload: { succeedsAt: 3 }, backoffMs: 50 })
  const [hopeless] = await put(pool, {
    kind: 'flaky',
    payload: { succeedsAt: 9 },
    backoffMs: 50,
    maxAttempts: 2,
  })
  const [refused] = await put(pool, { kind: 'refuse', maxAttempts: 5 })
  const [happy] = await put(pool, { kind: 'noop' })
  expect(await serve(url, { settings }).exit).toMatchObject({ exitCode: 0 })

  expect(await row(pool, flaky)).toMatchObject({
    status: 'done',
    attempts: 3,
    result: 'attempt 3',
    error: null,
  })
  expect(await row(pool, hopeless)).toMatchObject({ status: 'error', attempts: 2 })
  expect((await row(pool, hopeless)).error).toContain('attempt 2 failed on purpose')
  expect(await row(pool, refused)).toMatchObject({ status: 'error', attempts: 1, crashes: 0 })
  expect((await history(pool, flaky)).map(({ message }) => message)).toEqual([
    expect.stringContaining('attempt 1 failed on purpose'),
    expect.stringContaining('attempt 2 failed on purpose'),
  ])
  expect(await history(pool, happy), 'the happy path writes no history').toEqual([])
  await expectSound(pool)
})

it('waits for the delay by the clock of the database, and does not run before', async () => {
  await pool.query('delete from taskproc.tasks')
  const [id] = await put(pool, { kind: 'flaky', payload: { succeedsAt: 2 }, backoffMs: 1_000 })
  expect(await serve(url, { settings }).exit).toMatchObject({ exitCode: 0 })
  const { rows } = await pool.query<{ waited: boolean }>(
    `select t.claimed_at >= t.run_at and t.run_at >= l.at + interval '700 ms' as waited
     from taskproc.tasks t join taskproc.task_logs l on l.task_id = t.id and l.event = 'failed' where t.id = $1`,
    [id],
  )
  expect(rows).toEqual([{ waited: true }])
  await expectSound(pool)
})

it('tells the whole story of a task on the command line', async () => {
  await pool.query('delete from taskproc.tasks')
  const [id] = await put(pool, { kind: 'flaky', payload: { succeedsAt: 2 }, backoffMs: 20 })
  expect(await serve(url, { settings }).exit).toMatchObject({ exitCode: 0 })
  const { stdout } = await taskproc(['logs', String(id), '--json'], { env: { DATABASE_URL: url } })
  const { items } = JSON.parse(stdout) as { items: { message: string }[] }
  expect(items.map(({ message }) => message)).toEqual([
    expect.stringContaining('enqueued'),
    'started',
    expect.stringMatching(/failed: attempt 1 failed on purpose/),
    expect.stringContaining('claimed'),
    expect.stringContaining('done'),
  ])
  await expectSound(pool)
})
