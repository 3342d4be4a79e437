// Stopping while the database is away or silent: within limits, with the truth in the exit status; others do the rest.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startProxy } from './proxy.ts'
import { serving } from './serving.ts'
import { counts, expectSound, notes, put, rows } from './table.ts'

const { url, pool } = await testDatabase()

it('drains within its limits while the database is away, says that it could not finish, and others do the rest', async () => {
  await pool.query('delete from taskproc.tasks')
  const gate = notes()
  const ids = await put(pool, { kind: 'gate', payload: { file: gate.file } }, 2)
  ids.push(...(await put(pool, { kind: 'hang', payload: { ms: 60_000 } }, 1)))
  const proxy = await startProxy(url)
  const process = await serving(proxy.url, { settings: { lease: '3s', drainTimeout: '2s' } })
  await process.saw('run.started', { count: 3 })
  proxy.down()
  gate.create()
  process.signal('SIGTERM')
  const finished = await process.exit
  expect(finished.signal).toBeNull()
  expect(finished.exitCode, 'outcomes were not written').not.toBe(0)
  const next = await serving(url)
  await next.saw('run.started', { count: 3, deadlineMs: 25_000 })
  for (const task of await rows(pool, ids)) expect(task).toMatchObject({ attempts: 1, crashes: 1 })
  await expectSound(pool)
  next.signal('SIGKILL')
  await next.exit
})

it('drains within its limits when the network is silent', async () => {
  await pool.query('delete from taskproc.tasks')
  await put(pool, { kind: 'hang' }, 2)
  const proxy = await startProxy(url)
  const process = await serving(proxy.url, { settings: { drainTimeout: '1s' } })
  await process.saw('run.started', { count: 2 })
  proxy.freeze()
  process.signal('SIGTERM')
  const { exitCode } = await eventually('it has ended', () => process.exit)
  expect([1, 3]).toContain(exitCode)
  await expectSound(pool)
})

it('says 1, not 0, when an outcome could not be written before it had to go', async () => {
  await pool.query('delete from taskproc.tasks')
  const gate = notes()
  await put(pool, { kind: 'gate', payload: { file: gate.file } })
  const proxy = await startProxy(url)
  const process = await serving(proxy.url, { settings: { drainTimeout: '1s' } })
  await process.saw('run.started')
  proxy.down()
  gate.create()
  await process.saw('part.failed')
  process.signal('SIGTERM')
  const { exitCode } = await process.exit
  expect(await counts(pool)).toEqual({ in_progress: 1 })
  expect([1, 3]).toContain(exitCode)
  await expectSound(pool)
})
