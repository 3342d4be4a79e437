// Effects in the same database happen exactly once, though the process is killed again and again in the middle of them.
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type Serving, serving } from './serving.ts'
import { counts, expectSound, put, rows } from './table.ts'

const HANDLERS = fileURLToPath(new URL('./user-handlers.ts', import.meta.url))
const TASKS = 600
const KILLS = 8

const { url, pool } = await testDatabase()

async function effects(): Promise<number> {
  const { rows } = await pool.query<{ n: number }>('select count(*) as n from effects')
  return rows[0]?.n ?? 0
}

async function start(): Promise<Serving> {
  const settings = { lease: '1s', crashLimit: 100, workers: 10, fetchLimit: 20, fetchInterval: '200ms' }
  return serving(url, { handlers: HANDLERS, settings })
}

it('inserts one row for each task, with the process killed eight times on the way', {
  timeout: 120_000,
}, async () => {
  await pool.query('create table effects (task_id bigint not null)')
  await put(pool, { kind: 'effect' }, TASKS)
  for (let kill = 1; kill <= KILLS; kill++) {
    const process = await start()
    const enough = ((TASKS / 2) * kill) / KILLS
    await eventually(`${enough} effects`, async () => (await effects()) >= enough, { deadlineMs: 30_000 })
    process.signal('SIGKILL')
    await process.exit
  }
  const last = await start()
  await eventually('all are done', async () => (await counts(pool)).done === TASKS, { deadlineMs: 30_000 })
  last.signal('SIGTERM')
  expect(await last.exit).toMatchObject({ exitCode: 0 })

  const { rows: twice } = await pool.query('select task_id from effects group by task_id having count(*) > 1')
  expect(twice).toEqual([])
  expect(await effects()).toBe(TASKS)
  const tasks = await rows(pool)
  expect(tasks.every(({ status, result }) => status === 'done' && result === 'inserted')).toBe(true)
  const interrupted = tasks.filter(({ crashes }) => crashes > 0)
  expect(interrupted.length, 'the kills hit runs in the middle').toBeGreaterThanOrEqual(KILLS)
  await expectSound(pool)
})
