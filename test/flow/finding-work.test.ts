// How soon work is found that nobody waits for: by a notification, by its time, or by looking again.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { type Serving, serving } from './serving.ts'
import { become, expectSound, notes, put, row } from './table.ts'

const { url, pool } = await testDatabase()
/** No look that comes by itself can be what finds the work in time. */
const SELDOM = { fetchInterval: '1h' }

async function stop(...processes: Serving[]): Promise<void> {
  for (const process of processes) process.signal('SIGTERM')
  for (const process of processes) expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
}

/** Seconds from due to claimed, of its last claim, by the clock of the database. */
async function waited(id: unknown): Promise<number> {
  const { rows } = await pool.query<{ s: number }>(
    'select extract(epoch from claimed_at - run_at)::float8 as s from taskproc.tasks where id = $1',
    [id],
  )
  return rows[0]?.s ?? Number.NaN
}

it('finds new work by its notification, and delayed work by its time', async () => {
  const process = await serving(url, { settings: SELDOM })
  await process.saw('listen.connected')
  await process.saw('fetch.idle', { matches: (line) => Number(line['wait_ms']) > 2_000 })
  await put(pool, { kind: 'noop' })
  await put(pool, { kind: 'noop', delayMs: 1_500 })
  await become(pool, { done: 2 })
  await stop(process)
})

it('runs a retry when its delay is over, though it has slept for long', async () => {
  await pool.query('delete from taskproc.tasks')
  const process = await serving(url, { settings: SELDOM })
  await process.saw('listen.connected')
  // It fails when the fetcher has not looked for seconds, and will not for as long again.
  const [id] = await put(pool, { kind: 'flaky', payload: { succeedsAt: 2, ms: 7_000 }, backoffMs: 10 })
  await process.saw('settle.written', { matches: (line) => line['verb'] === 'retry' })
  await process.saw('run.started', { count: 2 })
  expect(await waited(id)).toBeLessThan(2)
  await expectSound(pool)
  process.signal('SIGKILL')
  await process.exit
})

it('takes over at once what another process gives back when it stops', async () => {
  await pool.query('delete from taskproc.tasks')
  const gate = notes()
  const other = await serving(url, { settings: { ...SELDOM, name: 'leaves', workers: 1, fetchLimit: 2 } })
  await put(pool, { kind: 'gate', payload: { file: gate.file } }, 2)
  await become(pool, { in_progress: 2 })
  const stays = await serving(url, { settings: { ...SELDOM, name: 'stays' } })
  await stays.saw('listen.connected')
  await stays.saw('fetch.idle', { matches: (line) => Number(line['wait_ms']) > 4_000 })
  other.signal('SIGTERM')
  await stays.saw('run.started', { deadlineMs: 3_000 })
  gate.create()
  await become(pool, { done: 2 })
  expect(await other.exit).toMatchObject({ exitCode: 0 })
  await stop(stays)
})

it('finds what a long transaction inserted before others, and committed after they had run', async () => {
  await pool.query('delete from taskproc.tasks')
  const process = await serving(url, { settings: { fetchInterval: '500ms' } })
  await process.saw('listen.connected')
  const connection = await pool.connect()
  try {
    await connection.query('begin')
    // As a user writes it, without a notification; its run_at is before all that follow.
    const { rows } = await connection.query<{ id: number }>(
      `insert into taskproc.tasks (kind) values ('noop') returning id`,
    )
    for (let round = 1; round <= 5; round++) {
      await put(pool, { kind: 'noop' }, 20)
      await become(pool, { done: 20 * round })
    }
    await connection.query('commit')
    await become(pool, { done: 101 })
    expect(await row(pool, rows[0]?.id)).toMatchObject({ status: 'done' })
  } finally {
    connection.release()
  }
  await stop(process)
})
