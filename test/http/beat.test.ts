// POST /processes/{name}/beat: the lease, what both sides think the worker holds, and the goodbye. And the rescue by the API.
import { beforeEach, expect, it } from 'vitest'
import { cancel } from '../../src/db/cancel.ts'
import { readStats } from '../../src/db/stats/stats.ts'
import { expectSound, processesNamed, put, row } from '../flow/table.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startApi } from './api.ts'
import { held, type Worker, worker } from './remote-worker.ts'

const { url, pool } = await testDatabase()
const api = await startApi(url)
let me: Worker

beforeEach(async () => {
  await pool.query('delete from taskproc.tasks')
  me = worker(api)
  await me.claim()
})

async function age(seconds: number): Promise<void> {
  await pool.query(
    `update taskproc.processes set heartbeat_at = heartbeat_at - $1 * interval '1 second' where id = $2`,
    [seconds, me.processId],
  )
}

it('renews the lease', async () => {
  await age(10)
  const answer = await me.beat()
  expect(answer).toMatchObject({
    status: 200,
    body: { process_id: me.processId, state: 'running', lease_seconds: 15, cancel: [], lost: [] },
  })
  const { rows } = await pool.query(
    `select heartbeat_at > now() - interval '5 seconds' as fresh from taskproc.processes where id = $1`,
    [me.processId],
  )
  expect(rows).toEqual([{ fresh: true }])
})

it('says which of its tasks somebody wants cancelled, and which are not its own any more', async () => {
  const wanted = await held(pool, me)
  const kept = await held(pool, me)
  const done = await held(pool, me)
  await cancel(pool, [wanted.id], 'ada')
  await me.settle('complete', done)
  const answer = await me.beat({ holding: [wanted.id, String(kept.id), done.id, 987_654] })
  expect(answer.body).toMatchObject({ cancel: [wanted.id], lost: [done.id, 987_654] })
  expect((await me.beat()).body).toMatchObject({ cancel: [wanted.id], lost: [] })
})

it('gives back what it was given a while ago and does not know of', async () => {
  const old = await held(pool, me)
  const fresh = await held(pool, me)
  const known = await held(pool, me)
  await pool.query(
    `update taskproc.tasks set claimed_at = claimed_at - interval '11 seconds' where id = any ($1)`,
    [[old.id, known.id]],
  )
  await pool.query(`update taskproc.processes set claims_since = now() - interval '1 minute' where id = $1`, [
    me.processId,
  ])
  await me.beat()
  expect(await row(pool, old.id)).toMatchObject({ status: 'in_progress' })
  await me.beat({ holding: [known.id] })
  expect(await row(pool, old.id)).toMatchObject({ status: 'pending', attempts: 0, crashes: 0 })
  expect(await row(pool, fresh.id)).toMatchObject({ status: 'in_progress' })
  expect(await row(pool, known.id)).toMatchObject({ status: 'in_progress' })
  await expectSound(pool)
})

it('shows in stats what it holds and how much it finishes', async () => {
  for (let done = 0; done < 3; done++) await me.settle('complete', await held(pool, me))
  await held(pool, me)
  await me.beat()
  const stats = await readStats(pool)
  expect(stats.processes.find(({ name }) => name === me.name)).toMatchObject({ running: 1, pid: 0 })
  expect(stats.throughput.per_second).toBeGreaterThan(0)
})

it('keeps what it holds for long within reach of a rescue', async () => {
  const task = await held(pool, me)
  await pool.query(
    `update taskproc.tasks set claimed_at = claimed_at - interval '2 hours' where id = $1;`.replace(
      '$1',
      String(task.id),
    ),
  )
  await pool.query(`update taskproc.processes set claims_since = now() - interval '3 hours' where id = $1`, [
    me.processId,
  ])
  await me.beat({ holding: [task.id] })
  await expectSound(pool)
  await age(3_600)
  await eventually('rescued', async () => (await row(pool, task.id)).crashes === 1)
})

it('stops: no more tasks, and gone as soon as it holds none', async () => {
  const task = await held(pool, me)
  expect((await me.beat({ state: 'stopping' })).body).toMatchObject({ state: 'draining' })
  await put(pool, { kind: 'remote' })
  expect((await me.claim({ limit: 10 })).tasks).toEqual([])
  expect((await me.beat({ holding: [task.id] })).body).toMatchObject({ state: 'draining' })
  expect(await me.settle('complete', task)).toMatchObject({ status: 200 })
  expect((await me.beat({ state: 'stopping' })).body).toMatchObject({ state: 'stopped' })
  expect(await processesNamed(pool, me.name)).toMatchObject([{ state: 'stopped' }])
  expect(await me.beat()).toMatchObject({ status: 409, body: { detail: expect.stringContaining('goodbye') } })
  expect(await me.claimAnswer()).toMatchObject({ status: 409 })
  // The name is free.
  expect((await worker(api, me.name).claim()).tasks).toHaveLength(1)
})

it('gives back at its goodbye whatever it does not hold', async () => {
  const task = await held(pool, me)
  expect((await me.beat({ state: 'stopping', holding: [] })).body).toMatchObject({ state: 'stopped' })
  expect(await row(pool, task.id)).toMatchObject({ status: 'pending', attempts: 0, crashes: 0 })
  await expectSound(pool)
})

it('refuses who is nobody, and who uses another name', async () => {
  expect(await me.beat({ process_id: 987_654 })).toMatchObject({ status: 404 })
  const other = worker(api)
  expect(await other.beat({ process_id: me.processId })).toMatchObject({ status: 409 })
})

it.each([
  [{ process_id: undefined }, ['process_id']],
  [{ state: 'gone', holding: ['x', 0, 1.5] }, ['holding.0', 'holding.1', 'holding.2', 'state']],
  [{ holding: 7, counters: {} }, ['counters', 'holding']],
])('refuses %j, naming each field', async (body, fields) => {
  const answer = await me.beat(body)
  expect(answer).toMatchObject({ status: 400 })
  const { errors } = answer.body as { errors: { field: string }[] }
  expect(errors.map(({ field }) => field).sort()).toEqual(fields)
})

it('rescues what a worker held that is silent, though no engine runs', async () => {
  const task = await held(pool, me)
  await age(60)
  await eventually('rescued', async () => (await row(pool, task.id)).status === 'pending')
  expect(await row(pool, task.id)).toMatchObject({ attempts: 0, crashes: 1 })
  const isSaid = (name: string) => api.logged.some(({ event }) => event === name)
  // It is said after the commit that was seen.
  await eventually('said', () => isSaid('process.lost') && isSaid('rescue.done'))
  await expectSound(pool)
})

it('tells how long its tasks waited and ran', async () => {
  const task = await held(pool, me)
  await me.settle('complete', task)
  await pool.query(
    `update taskproc.tasks set claimed_at = finished_at - interval '2 seconds', run_at = finished_at - interval '12 seconds'
     where id = $1`,
    [task.id],
  )
  await held(pool, me)
  await me.beat()
  // What workers of other tests did counts too.
  await pool.query(`update taskproc.processes set counters = '{}' where id <> $1`, [me.processId])
  const { wait_ms, run_ms } = await readStats(pool)
  for (const [percentile, expected] of [
    [wait_ms?.p50, 10_000],
    [run_ms?.p99, 2_000],
  ] as const)
    expect(Math.abs((percentile ?? 0) / expected - 1)).toBeLessThan(0.06)
})
