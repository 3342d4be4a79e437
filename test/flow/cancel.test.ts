// Cancelling: a running task hears it through its AbortSignal, within about a second, wherever it runs.
import { expect, it } from 'vitest'
import { taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { serving } from './serving.ts'
import { become, expectSound, history, notes, put, row } from './table.ts'

const { url, pool } = await testDatabase()

async function cancel(...ids: unknown[]): Promise<string> {
  const { stdout } = await taskproc(['cancel', ...ids.map(String)], { env: { DATABASE_URL: url } })
  return stdout
}

it('stops a running task through its signal, and leaves its neighbour alone', async () => {
  const { file, lines } = notes()
  const [id, neighbour] = await put(pool, { kind: 'obedient', payload: { file } }, 2)
  const process = await serving(url)
  await process.saw('run.started', { count: 2 })
  await process.saw('listen.connected')
  expect(await cancel(id)).toContain('told to stop')
  await eventually('the handler heard it', () => lines().includes(`stop ${id}`), { deadlineMs: 3_000 })
  await become(pool, { cancelled: 1, in_progress: 1 })
  expect(await row(pool, id)).toMatchObject({ status: 'cancelled', claim_number: 1 })
  expect((await history(pool, id)).map(({ event }) => event)).toEqual(['cancelled', 'cancelled'])
  expect(await row(pool, neighbour)).toMatchObject({ status: 'in_progress' })
  expect(lines()).not.toContain(`stop ${neighbour}`)
  await expectSound(pool)
  process.signal('SIGKILL')
  await process.exit
})

it('is heard also where notifications are not: by looking', async () => {
  await pool.query('delete from taskproc.tasks')
  const { file, lines } = notes()
  const [id] = await put(pool, { kind: 'obedient', payload: { file } })
  const process = await serving(url, { env: { LISTEN_DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/x' } })
  await process.saw('run.started')
  await cancel(id)
  await eventually('the handler heard it', () => lines().includes(`stop ${id}`), { deadlineMs: 5_000 })
  await become(pool, { cancelled: 1 })
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})

it('does not begin what was cancelled while it waited in the channel', async () => {
  await pool.query('delete from taskproc.tasks')
  const gate = notes()
  const [runs, waits] = await put(pool, { kind: 'gate', payload: { file: gate.file } }, 2)
  const process = await serving(url, { settings: { workers: 1 } })
  await become(pool, { in_progress: 2 })
  await process.saw('listen.connected')
  await cancel(waits)
  await process.saw('cancel.heard')
  gate.create()
  await become(pool, { done: 1, cancelled: 1 })
  expect(await row(pool, runs)).toMatchObject({ status: 'done' })
  expect(process.logged('run.started')).toHaveLength(1)
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})

it('gives up a handler that does not listen, and keeps the worker at work', async () => {
  await pool.query('delete from taskproc.tasks')
  const [id] = await put(pool, { kind: 'hang' })
  const process = await serving(url, { settings: { workers: 1 } })
  await process.saw('run.started')
  await process.saw('listen.connected')
  await cancel(id)
  await put(pool, { kind: 'noop' })
  await become(pool, { cancelled: 1, done: 1 }, { deadlineMs: 20_000 })
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})

it('cancels what is pending at once, and it runs again when an operator wants that', async () => {
  await pool.query('delete from taskproc.tasks')
  const [id] = await put(pool, { kind: 'noop' })
  expect(await cancel(id)).toContain('cancelled')
  const env = { DATABASE_URL: url }
  expect(await taskproc(['cancel', String(id), '999999999'], { env })).toMatchObject({ exitCode: 1 })
  const process = await serving(url, { settings: { fetchInterval: '200ms' } })
  await process.saw('fetch.idle')
  expect(await row(pool, id)).toMatchObject({ status: 'cancelled' })
  expect(await taskproc(['retry', String(id)], { env })).toMatchObject({ exitCode: 0 })
  await become(pool, { done: 1 })
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})
