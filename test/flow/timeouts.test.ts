// A task that takes longer than it may: its signal is aborted, then it is given up; the worker goes on.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { serving } from './serving.ts'
import { become, expectSound, history, notes, put, row } from './table.ts'

const { url, pool } = await testDatabase()

it('fails an attempt that takes too long, whether its handler listens or not', async () => {
  const { file, lines } = notes()
  const [listens] = await put(pool, { kind: 'obedient', payload: { file }, timeoutMs: 1_500, maxAttempts: 1 })
  const [hangs] = await put(pool, { kind: 'hang', timeoutMs: 1_500, maxAttempts: 1 })
  const [quick] = await put(pool, { kind: 'echo', payload: 1, timeoutMs: 60_000 })
  const process = await serving(url, { settings: { workers: 1 } })
  await become(pool, { error: 2, done: 1 }, { deadlineMs: 25_000 })
  expect(lines()).toEqual([`start ${listens}`, `stop ${listens}`])
  for (const id of [listens, hangs])
    expect(await row(pool, id)).toMatchObject({
      attempts: 1,
      error: expect.stringMatching(/^timed out after 1\.5 s/),
    })
  expect(await row(pool, quick)).toMatchObject({ status: 'done' })
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})

it('costs an attempt, as any failure does, and is tried again', async () => {
  await pool.query('delete from taskproc.tasks')
  const [id] = await put(pool, {
    kind: 'sleep',
    payload: { ms: 60_000 },
    timeoutMs: 200,
    maxAttempts: 2,
    backoffMs: 50,
  })
  const process = await serving(url)
  await become(pool, { error: 1 })
  expect(await row(pool, id)).toMatchObject({ attempts: 2, claim_number: 2 })
  expect((await history(pool, id)).map(({ event }) => event)).toEqual(['failed', 'failed'])
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})
