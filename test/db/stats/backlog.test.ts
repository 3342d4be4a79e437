// What waits: due or for later, by queue and kind, and never more of it counted than is bearable.
import { beforeEach, expect, it } from 'vitest'
import { readBacklog } from '../../../src/db/stats/backlog.ts'
import { testDatabase } from '../../support/database.ts'
import { addTask, addTasks } from '../fixtures.ts'

const { pool } = await testDatabase()
const LATER = '2099-01-01'

beforeEach(() => pool.query('truncate taskproc.tasks'))

it('is empty where nothing waits', async () => {
  await addTask(pool, { status: 'cancelled', finished_at: LATER })
  expect(await readBacklog(pool)).toEqual([])
})

it('tells what is due from what is for later, whatever the priority', async () => {
  await addTasks(pool, 2, { queue: 'a', kind: 'x' })
  await addTask(pool, { queue: 'a', kind: 'x', priority: 5, run_at: LATER })
  await addTask(pool, { queue: 'a', kind: 'y', run_at: LATER })
  await addTask(pool, { queue: 'b', kind: 'x' })
  expect(await readBacklog(pool)).toEqual([
    { queue: 'a', kind: 'x', is_due: true, delayed: 1, is_more: false },
    { queue: 'a', kind: 'y', is_due: false, delayed: 1, is_more: false },
    { queue: 'b', kind: 'x', is_due: true, delayed: 0, is_more: false },
  ])
})

it('stops counting, and says so', async () => {
  await pool.query(
    `insert into taskproc.tasks (kind, run_at) select 'x', now() + interval '1 day' from generate_series(1, 10001)`,
  )
  expect(await readBacklog(pool)).toEqual([
    { queue: 'default', kind: 'x', is_due: false, delayed: 10_000, is_more: true },
  ])
})
