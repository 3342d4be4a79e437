// The database goes away and comes back: nothing is lost, what has finished is written then, and nothing runs twice for it.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startProxy } from './proxy.ts'
import { type LogLine, serving } from './serving.ts'
import { become, counts, expectSound, notes, put, rows } from './table.ts'

const { url, pool } = await testDatabase()

it('writes what finished while the database was away, and does not run it again', async () => {
  const { file, lines } = notes()
  const gate = notes()
  const ids = await put(pool, { kind: 'gate', payload: { file: gate.file } }, 3)
  const proxy = await startProxy(url)
  const process = await serving(proxy.url)
  await process.saw('run.started', { count: 3 })
  proxy.down()
  gate.create()
  const isCompleter = { matches: (line: LogLine) => line['part'] === 'completer' }
  // Seconds, and well within the lease of 15 s.
  await process.saw('part.failed', { count: 4, ...isCompleter })
  expect(await counts(pool)).toEqual({ in_progress: 3 })
  await put(pool, { kind: 'count', payload: { file } })
  proxy.up()
  await become(pool, { done: 4 })
  await process.saw('part.recovered', isCompleter)
  for (const task of await rows(pool, ids))
    expect(task).toMatchObject({ attempts: 1, claim_number: 1, crashes: 0 })
  expect(process.logged('run.started')).toHaveLength(4)
  expect(lines()).toHaveLength(1)
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})

it('survives that every connection is ended, again and again: each task runs once', async () => {
  await pool.query('delete from taskproc.tasks')
  const { file, lines } = notes()
  const settings = { workers: 5, fetchLimit: 10, fetchInterval: '1s' }
  const process = await serving(url, { settings: { ...settings, name: 'tormented' } })
  const ids = await put(pool, { kind: 'work', payload: { file, ms: 20 } }, 300)
  for (let done = 0; done < ids.length; ) {
    await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name like 'taskproc %' and application_name <> 'taskproc test'`)
    const before = done
    done = await eventually('something was done in between', async () => {
      const { done: now = 0 } = await counts(pool)
      return now > before && now
    })
  }
  expect(lines().map(Number).sort(ascending), 'nothing ran twice').toEqual(ids)
  for (const task of await rows(pool, ids)) expect(task).toMatchObject({ attempts: 1, crashes: 0 })

  // The pool is not wedged.
  await put(pool, { kind: 'noop' }, 50)
  await become(pool, { done: 350 })
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})

function ascending(a: number, b: number): number {
  return a - b
}
