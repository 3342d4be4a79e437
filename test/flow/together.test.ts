// Several processes on one table: every task runs once, in one of them.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { serving } from './serving.ts'
import { become, counts, expectSound, notes, put, rows } from './table.ts'

const { url, pool } = await testDatabase()

it('shares 2,000 tasks between two processes, and runs none of them twice', async () => {
  const { file, lines } = notes()
  const both = await Promise.all(
    ['one', 'two'].map((name) => serving(url, { settings: { name, workers: 5, fetchLimit: 10 } })),
  )
  const ids = await put(pool, { kind: 'count', payload: { file } }, 2_000)
  await become(pool, { done: 2_000 }, { deadlineMs: 45_000 })
  expect(lines().map(Number).sort(ascending)).toEqual(ids.map(Number).sort(ascending))
  for (const process of both) process.signal('SIGTERM')
  for (const process of both) expect(await process.exit).toMatchObject({ exitCode: 0 })
  const owners = new Set((await rows(pool)).map((task) => task.claimed_by))
  expect(owners.size, 'both processes had a share').toBe(2)
  for (const task of await rows(pool))
    expect(task).toMatchObject({ attempts: 1, claim_number: 1, crashes: 0 })
  await expectSound(pool)
})

it('ends with --until-empty when nothing is left, also with what another process still runs', async () => {
  const gate = notes()
  await pool.query('delete from taskproc.tasks')
  const [slow] = await put(pool, { kind: 'gate', payload: { file: gate.file } })
  const runs = await serving(url, { settings: { name: 'runs', untilEmpty: true } })
  await runs.saw('run.started', { matches: (line) => line['task'] === slow })
  const waits = await serving(url, { settings: { name: 'waits', untilEmpty: true, fetchInterval: '100ms' } })
  await waits.saw('fetch.idle', { count: 3 })
  expect(waits.logged('drain.started')).toEqual([])
  gate.create()
  for (const process of [runs, waits]) expect(await process.exit).toMatchObject({ exitCode: 0 })
  expect(await counts(pool)).toEqual({ done: 1 })
  await expectSound(pool)
})

function ascending(a: number, b: number): number {
  return a - b
}
