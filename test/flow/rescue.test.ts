// A process dies: what it held runs elsewhere, within its lease and 5 s. A crash is counted, an attempt is not.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { serve, serving } from './serving.ts'
import { become, expectSound, history, notes, processesNamed, put, row, rows } from './table.ts'

const { url, pool } = await testDatabase()
/** Of those that die. Who lives has the usual one, so that a busy machine takes nobody for dead. */
const lease = '2s'
/** The lease, the 5 s of the promise, and as much again for a slow machine. */
const RESCUED_WITHIN_MS = 2_000 + 5_000 + 10_000

it('runs elsewhere what a process held that was killed, and counts a crash and no attempt', async () => {
  const gate = notes()
  const [id] = await put(pool, { kind: 'gate', payload: { file: gate.file } })
  const victim = await serving(url, { settings: { name: 'victim', lease } })
  await victim.saw('run.started')
  const rescuer = await serving(url, { settings: { name: 'rescuer' } })
  victim.signal('SIGKILL')
  await rescuer.saw('run.started', {
    deadlineMs: RESCUED_WITHIN_MS,
    matches: (line) => line['task'] === id && line['attempt'] === 1,
  })
  expect(rescuer.logged('process.lost')).toMatchObject([{ processes: ['victim'] }])
  expect(rescuer.logged('rescue.done')).toMatchObject([{ pending: 1, error: 0 }])
  gate.create()
  await become(pool, { done: 1 })
  expect(await row(pool, id)).toMatchObject({ attempts: 1, crashes: 1, claim_number: 2, result: 'through' })
  expect(await history(pool, id)).toMatchObject([
    { event: 'rescued', message: expect.stringContaining('victim') },
  ])
  expect(await processesNamed(pool, 'victim')).toMatchObject([{ state: 'lost' }])
  await expectSound(pool)
})

it('takes over at once what its dead predecessor held, of the same name on the same machine', async () => {
  const [id] = await put(pool, { kind: 'hang', payload: { ms: 3600_000 } })
  // A lease that this test cannot outlive.
  const settings = { name: 'same', lease: '10m', workers: 1 }
  const first = await serving(url, { settings })
  await first.saw('run.started', { matches: (line) => line['task'] === id })
  first.signal('SIGKILL')
  await first.exit
  const second = serve(url, { settings })
  await second.saw('run.started', { matches: (line) => line['task'] === id })
  expect(await row(pool, id)).toMatchObject({ status: 'in_progress', attempts: 1, crashes: 1 })
  expect(await processesNamed(pool, 'same')).toMatchObject([{ state: 'lost' }, { state: 'running' }])
  await expectSound(pool)
  second.signal('SIGKILL')
  await second.exit
})

it('refuses the name of a process that lives, and leaves its tasks alone', async () => {
  await pool.query('delete from taskproc.tasks')
  const gate = notes()
  const [id] = await put(pool, { kind: 'gate', payload: { file: gate.file } })
  const settings = { name: 'taken', lease: '6s' }
  const first = await serving(url, { settings })
  await first.saw('run.started')
  const second = serve(url, { settings })
  const { exitCode, stderr } = await second.exit
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/error: a process named taken is alive already\nChoose another --name/)
  expect(await row(pool, id)).toMatchObject({ status: 'in_progress', claim_number: 1 })
  gate.create()
  await become(pool, { done: 1 })
  first.signal('SIGTERM')
  expect(await first.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})

it('recovers when a process dies with 1,000 claims: all of them run, beside each other', async () => {
  await pool.query('delete from taskproc.tasks')
  const gate = notes()
  await put(pool, { kind: 'gate', payload: { file: gate.file } }, 1_000)
  const victim = await serving(url, {
    settings: { name: 'large', workers: 10, fetchLimit: 1_000, lease },
  })
  await become(pool, { in_progress: 1_000 })
  const rescuer = await serving(url, {
    settings: { name: 'heir', workers: 20, fetchLimit: 100 },
  })
  gate.create()
  victim.signal('SIGKILL')
  await become(pool, { done: 1_000 }, { deadlineMs: 30_000 })
  const all = await rows(pool)
  // Some may have ended between the opening of the gate and the death.
  expect(all.filter(({ crashes }) => crashes === 1).length).toBeGreaterThan(500)
  for (const task of all) expect(task.attempts).toBe(1)
  rescuer.signal('SIGTERM')
  await rescuer.exit
  await expectSound(pool)
})

it('rescues also when nobody was there for a long time after a process was declared lost', async () => {
  await pool.query('delete from taskproc.tasks')
  const gate = notes()
  const [id] = await put(pool, { kind: 'gate', payload: { file: gate.file } })
  const victim = await serving(url, { settings: { name: 'forgotten', lease } })
  await victim.saw('run.started')
  victim.signal('SIGKILL')
  await victim.exit
  // Somebody declared it lost and died before the rescue; then the whole fleet was down over night.
  await pool.query(`update taskproc.processes set state = 'lost', stopped_at = now() - interval '12 hours',
    heartbeat_at = now() - interval '12 hours' where name = 'forgotten'`)
  gate.create()
  const next = await serving(url)
  await become(pool, { done: 1 })
  expect(await row(pool, id)).toMatchObject({ crashes: 1 })
  next.signal('SIGTERM')
  await next.exit
  await expectSound(pool)
})

it('cancels, instead of running again, what was to be cancelled when its process died', async () => {
  await pool.query('delete from taskproc.tasks')
  const [id] = await put(pool, { kind: 'hang' })
  const victim = await serving(url, { settings: { name: 'deaf', lease } })
  await victim.saw('run.started')
  victim.signal('SIGSTOP')
  await pool.query('update taskproc.tasks set cancel_requested = true where id = $1', [id])
  victim.signal('SIGKILL')
  const next = await serving(url)
  await become(pool, { cancelled: 1 }, { deadlineMs: RESCUED_WITHIN_MS })
  expect(next.logged('run.started')).toEqual([])
  next.signal('SIGTERM')
  await next.exit
  await expectSound(pool)
})
