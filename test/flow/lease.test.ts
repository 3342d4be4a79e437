// The lease: kept while a handler blocks the process, given up when it cannot be renewed, before others may claim.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startProxy } from './proxy.ts'
import { serving } from './serving.ts'
import { become, expectSound, notes, processesNamed, put, row } from './table.ts'

const { url, pool } = await testDatabase()

it('keeps the claims of a process whose event loop is blocked for two leases', async () => {
  const [id] = await put(pool, { kind: 'block', payload: { ms: 6_000 } })
  const blocked = await serving(url, { settings: { name: 'blocked', lease: '3s', workers: 1 } })
  await blocked.saw('run.started')
  const other = await serving(url, { settings: { name: 'watches' } })
  await become(pool, { done: 1 }, { deadlineMs: 20_000 })
  expect(await row(pool, id)).toMatchObject({ attempts: 1, crashes: 0, claim_number: 1 })
  expect(other.logged('process.lost')).toEqual([])
  expect(await processesNamed(pool, 'blocked')).toMatchObject([{ state: 'running' }])
  for (const process of [blocked, other]) process.signal('SIGTERM')
  for (const process of [blocked, other]) expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})

it('does not cover for ever a process that is blocked: beyond the limit its tasks run elsewhere', async () => {
  await pool.query('delete from taskproc.tasks')
  const { file, lines } = notes()
  const [first] = await put(pool, { kind: 'block', payload: { ms: 7_000 } })
  const [second] = await put(pool, { kind: 'count', payload: { file } })
  const settings = { name: 'stuck', lease: '2s', workers: 1, blockedLimit: '1s' }
  const stuck = await serving(url, { settings })
  await become(pool, { in_progress: 2 })
  const other = await serving(url, { settings: { name: 'takes over', workers: 2 } })
  await other.saw('process.lost', { deadlineMs: 20_000 })
  await become(pool, { done: 2 }, { deadlineMs: 30_000 })
  expect(await row(pool, second)).toMatchObject({ crashes: 1, attempts: 1 })
  await stuck.saw('lease.uncovered')
  await stuck.saw('settle.lost', { matches: (line) => line['task'] === first })
  await stuck.saw('lease.lost')
  expect(lines(), 'what waited behind the blocking task did not begin under a lease that was over').toEqual([
    String(second),
  ])
  for (const process of [stuck, other]) process.signal('SIGTERM')
  for (const process of [stuck, other]) expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})

it('stops what it runs before others may claim it, when the network is cut and nobody tells', async () => {
  await pool.query('delete from taskproc.tasks')
  const { file, lines } = notes()
  const [id] = await put(pool, { kind: 'obedient', payload: { file } })
  const proxy = await startProxy(url)
  const cut = await serving(proxy.url, { settings: { name: 'cut off', lease: '3s' } })
  await cut.saw('run.started')
  const other = await serving(url, { settings: { name: 'connected', drainTimeout: '0' } })
  proxy.freeze()
  await cut.saw('lease.fenced')
  await other.saw('run.started', { deadlineMs: 20_000 })
  // In this order: begun, stopped by the fence, and only then begun elsewhere.
  await eventually('it runs there', () => lines().length === 3)
  expect(lines()).toEqual([`start ${id}`, `stop ${id}`, `start ${id}`])

  proxy.thaw()
  await cut.saw('lease.lost')
  await cut.saw('settle.lost', { matches: (line) => line['task'] === id })
  expect(await row(pool, id)).toMatchObject({ status: 'in_progress', claim_number: 2, crashes: 1 })
  // The one that came back works again.
  other.signal('SIGTERM')
  await other.exit
  await cut.saw('run.started', { count: 2, deadlineMs: 20_000 })
  expect(await row(pool, id)).toMatchObject({ status: 'in_progress', claim_number: 3, crashes: 1 })
  await expectSound(pool)
  cut.signal('SIGKILL')
  await cut.exit
})

it('fences itself when the database is away for longer than the lease, and takes up work again after it', async () => {
  await pool.query('delete from taskproc.tasks')
  const { file, lines } = notes()
  const [id] = await put(pool, { kind: 'obedient', payload: { file } })
  const proxy = await startProxy(url)
  const alone = await serving(proxy.url, { settings: { name: 'alone', lease: '2s' } })
  await alone.saw('run.started')
  proxy.down()
  await alone.saw('lease.fenced')
  expect(alone.logged('lease.fenced')).toMatchObject([{ aborted: 1 }])
  proxy.up()
  await alone.saw('run.started', { count: 2 })
  await eventually('it runs again', () => lines().length >= 3)
  expect(lines().slice(0, 3)).toEqual([`start ${id}`, `stop ${id}`, `start ${id}`])
  expect(await row(pool, id)).toMatchObject({ attempts: 1 })
  alone.signal('SIGTERM')
  await alone.saw('drain.progress')
  alone.signal('SIGTERM')
  expect(await alone.exit).toMatchObject({ exitCode: 3 })
  await expectSound(pool)
})
