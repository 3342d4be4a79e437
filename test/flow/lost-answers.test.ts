// The server did what it was told, and its answer was lost on the way: nothing is done twice, and nothing is left behind.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { startProxy } from './proxy.ts'
import { serving } from './serving.ts'
import { become, counts, expectSound, notes, put, rows } from './table.ts'

const { url, pool } = await testDatabase()

it('takes an outcome for written when only the answer to it was lost', async () => {
  await pool.query('delete from taskproc.tasks')
  const gate = notes()
  const [done] = await put(pool, { kind: 'gate', payload: { file: gate.file } })
  const proxy = await startProxy(url)
  const process = await serving(proxy.url)
  await process.saw('run.started')
  const lost = proxy.loseAnswerTo("status = 'done'")
  gate.create()
  await lost
  await process.saw('settle.written', { matches: (line) => line['task'] === done })
  const again = proxy.loseAnswerTo('insert into taskproc.task_logs')
  const [fails] = await put(pool, { kind: 'fail', maxAttempts: 1 })
  await again
  await process.saw('settle.written', { matches: (line) => line['task'] === fails })
  expect(await counts(pool)).toEqual({ done: 1, error: 1 })
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  expect(process.logged('settle.lost')).toEqual([])
  await expectSound(pool)
})

it('gives back the tasks of a claim whose answer was lost, and runs them', async () => {
  await pool.query('delete from taskproc.tasks')
  const proxy = await startProxy(url)
  const process = await serving(proxy.url)
  await process.saw('fetch.idle')
  const lost = proxy.loseAnswerTo("status = 'in_progress', claimed_by = $1")
  const ids = await put(pool, { kind: 'noop' }, 3)
  await lost
  await become(pool, { done: 3 })
  for (const task of await rows(pool, ids))
    expect(task).toMatchObject({ attempts: 1, crashes: 0, claim_number: 2 })
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})

it('leaves nothing behind when it is stopped right after the answer to its claim was lost', async () => {
  await pool.query('delete from taskproc.tasks')
  const proxy = await startProxy(url)
  const process = await serving(proxy.url, { settings: { lease: '2s', drainTimeout: '1s' } })
  await process.saw('fetch.idle')
  const lost = proxy.loseAnswerTo("status = 'in_progress', claimed_by = $1")
  await put(pool, { kind: 'noop' }, 3)
  await lost
  process.signal('SIGTERM')
  await process.exit
  const next = await serving(url)
  await become(pool, { done: 3 }, { deadlineMs: 20_000 })
  next.signal('SIGTERM')
  expect(await next.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})
