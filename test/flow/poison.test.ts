// A task that kills every process that runs it: it is quarantined after three deaths, and its neighbours are not.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { type ServeSettings, serve, serving } from './serving.ts'
import { become, counts, expectSound, history, notes, put, row, rows } from './table.ts'

const { url, pool } = await testDatabase()
const RESTARTS_MAX = 15

/** What a supervisor does (systemd, Kubernetes): starts it again until it ends by itself. Returns how often it died. */
async function supervise(settings: ServeSettings): Promise<number> {
  for (let deaths = 0; deaths <= RESTARTS_MAX; deaths++) {
    const { exitCode, signal } = await serve(url, { settings: { ...settings, untilEmpty: true } }).exit
    if (signal === null) {
      expect(exitCode).toBe(0)
      return deaths
    }
  }
  throw new Error(`it died more than ${RESTARTS_MAX} times`)
}

it('quarantines a poison task after three deaths, and runs the 20 good ones beside it', async () => {
  const good = await put(pool, { kind: 'sleep', payload: { ms: 30 } }, 7)
  const [poison] = await put(pool, { kind: 'crash' })
  good.push(...(await put(pool, { kind: 'sleep', payload: { ms: 30 } }, 13)))
  // The lease is not what ends this: a successor of the same name knows that its predecessor is dead.
  const deaths = await supervise({ name: 'supervised', lease: '5m', fetchInterval: '200ms' })

  expect(deaths).toBe(3)
  expect(await counts(pool)).toEqual({ done: 20, error: 1 })
  const task = await row(pool, poison)
  expect(task).toMatchObject({ status: 'error', crashes: 3, attempts: 0 })
  expect(task.error).toMatch(/^quarantined: 3 processes died while they held this task/)
  expect(await history(pool, poison)).toMatchObject([
    { event: 'rescued' },
    { event: 'rescued' },
    { event: 'rescued' },
  ])
  for (const { crashes, attempts } of await rows(pool, good)) {
    expect(crashes).toBeLessThan(3)
    expect(attempts).toBe(1)
  }
  await expectSound(pool)
})

it('blames nobody else either when three poison tasks come at once, to two supervised processes', async () => {
  await pool.query('delete from taskproc.tasks')
  const poison = await put(pool, { kind: 'crash' }, 3)
  const good = await put(pool, { kind: 'sleep', payload: { ms: 30 } }, 20)
  await Promise.all(
    ['left', 'right'].map((name) => supervise({ name, lease: '5m', fetchInterval: '200ms', workers: 3 })),
  )
  for (const task of await rows(pool, poison)) expect(task).toMatchObject({ status: 'error', crashes: 3 })
  for (const task of await rows(pool, good)) expect(task).toMatchObject({ status: 'done', attempts: 1 })
  await expectSound(pool)
})

it('quarantines after as many deaths as it is told to', async () => {
  await pool.query('delete from taskproc.tasks')
  const [poison] = await put(pool, { kind: 'crash' })
  expect(await supervise({ name: 'strict', lease: '5m', crashLimit: 2, fetchInterval: '200ms' })).toBe(2)
  expect(await row(pool, poison)).toMatchObject({ status: 'error', crashes: 2 })
  expect((await row(pool, poison)).error).toMatch(/^quarantined: 2 processes died/)
  await expectSound(pool)
})

it('runs a suspect where there is room, and does not hold it up behind a long task of the oldest process', async () => {
  await pool.query('delete from taskproc.tasks')
  const gate = notes()
  const [long] = await put(pool, { kind: 'gate', payload: { file: gate.file } })
  const oldest = await serving(url, { settings: { name: 'oldest', fetchInterval: '200ms' } })
  await oldest.saw('run.started', { matches: (line) => line['task'] === long })
  const idle = await serving(url, { settings: { name: 'idle', fetchInterval: '200ms' } })
  const [suspect] = await put(pool, { kind: 'noop', delayMs: 3_600_000 })
  // Two processes have died under it.
  await pool.query('update taskproc.tasks set crashes = 2, run_at = now() where id = $1', [suspect])
  await become(pool, { in_progress: 1, done: 1 })
  await put(pool, { kind: 'noop' }, 5)
  await become(pool, { in_progress: 1, done: 6 })
  gate.create()
  await become(pool, { done: 7 })
  for (const process of [oldest, idle]) process.signal('SIGTERM')
  for (const process of [oldest, idle]) expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})
