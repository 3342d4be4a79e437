// What a benchmark leaves that is killed in the database of the user: the next one takes it away, and says so.
import { afterEach, expect, it } from 'vitest'
import { readLeftQueues } from '../../../src/db/bench/left-rows.ts'
import { holdMark } from '../../../src/db/bench/mark.ts'
import { put } from '../../flow/table.ts'
import { spawnTaskproc, taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'

const { url, pool } = await testDatabase()
const env = { DATABASE_URL: url }
const QUEUE = 'taskproc-bench-0123456789ab'

afterEach(async () => {
  await pool.query('truncate taskproc.tasks, taskproc.processes, taskproc.tallies, taskproc.sleepers')
})

async function rows(): Promise<unknown> {
  const found = await pool.query(
    `select 'task in ' || queue as what from taskproc.tasks union all select 'process' from taskproc.processes
     union all select 'tally' from taskproc.tallies union all select 'sleeper' from taskproc.sleepers`,
  )
  return found.rows.map(({ what }) => what)
}

it.each([
  { args: ['steady', '--seconds', '600', '--in-place'] },
  { args: ['race', '--tasks', '10000', '--rounds', '100'] },
])('is taken away by the next one after $args, which says so', async ({ args }) => {
  await put(pool, { queue: 'mine', kind: 'mine' })
  const child = spawnTaskproc(['bench', ...args], { env })
  await eventually('it is at work', async () => {
    const { rowCount } = await pool.query(`select from taskproc.tasks where status = 'done' limit 1`)
    return rowCount === 1
  })
  expect(await readLeftQueues(pool)).toEqual([])
  child.signal('SIGKILL')
  await child.exit
  const [queue = ''] = await eventually('the server has heard of it', async () => {
    const queues = await readLeftQueues(pool)
    return queues.length === 1 && queues
  })
  const next = await taskproc(['bench', 'race', '--tasks', '1', '--claimers', '1', '--rounds', '1'], { env })
  expect(next.exitCode).toBe(0)
  expect(next.stderr).toMatch(
    new RegExp(
      `removed what a benchmark that was killed left behind: [1-9][\\d,]* tasks? of the queue ${queue}`,
    ),
  )
  expect(await rows()).toEqual(['task in mine'])
})

it('is left alone while somebody is at work for it', async () => {
  await put(pool, { queue: QUEUE, kind: 'mine' })
  const leave = await holdMark(url, QUEUE)
  const { stderr } = await taskproc(['bench', 'race', '--tasks', '1', '--claimers', '1', '--rounds', '1'], {
    env,
  })
  expect({ stderr, rows: await rows() }).toEqual({ stderr: '', rows: [`task in ${QUEUE}`] })
  await leave()
})
