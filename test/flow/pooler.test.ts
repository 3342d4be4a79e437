// Behind a transaction pooler no notification is heard and no session setting lasts: polling does all of it.
import { expect, it } from 'vitest'
import { createPool } from '../../src/db/pool.ts'
import { taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startPgBouncer } from './pgbouncer.ts'
import { serving } from './serving.ts'
import { become, expectSound, notes, put, row } from './table.ts'

const { url, pool } = await testDatabase()

it('runs, retries, drains and cancels through PgBouncer in transaction mode', async (context) => {
  const pooled = await startPgBouncer(url, context)
  const settings = { name: 'pooled', fetchInterval: '500ms' }
  const process = await serving(pooled, { settings })
  await process.saw('fetch.idle', { count: 2 })

  // By the direct way, so that a notification goes out where it would be heard.
  await put(pool, { kind: 'flaky', payload: { succeedsAt: 2 }, backoffMs: 50 }, 10)
  await put(pool, { kind: 'noop' }, 200)
  await become(pool, { done: 210 })

  const { file, lines } = notes()
  const [id] = await put(pool, { kind: 'obedient', payload: { file } })
  await process.saw('run.started', { matches: (line) => line['task'] === id })
  await taskproc(['cancel', String(id)], { env: { DATABASE_URL: pooled } })
  await eventually('the handler heard it', () => lines().includes(`stop ${id}`), { deadlineMs: 5_000 })
  await eventually('it is cancelled', async () => (await row(pool, id)).status === 'cancelled')

  const [back] = await put(pool, { kind: 'hang' })
  await process.saw('run.started', { matches: (line) => line['task'] === back })
  process.signal('SIGTERM')
  await process.saw('drain.progress')
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 3 })
  expect(await row(pool, back)).toMatchObject({ status: 'pending', attempts: 0 })
  await expectSound(pool)
  expect(await settingsOff(pooled), 'no setting of ours is left on a connection of the pooler').toEqual([])
})

/** Of planner settings, on as many connections of the pooler as it can be made to show at once. */
async function settingsOff(pooled: string): Promise<string[]> {
  const others = createPool({ url: pooled, applicationName: 'somebody else', maxConnections: 5 })
  const off = `select name from pg_settings, pg_sleep(0.2) where name like 'enable_%' and setting = 'off' and source = 'session'`
  try {
    const seen = await Promise.all(Array.from({ length: 5 }, () => others.query<{ name: string }>(off)))
    return seen.flatMap(({ rows }) => rows.map(({ name }) => name))
  } finally {
    await others.end()
  }
}
