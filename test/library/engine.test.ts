// An engine inside another program: it starts, drains and aborts when it is told to, and leaves the process alone.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { put, row } from '../flow/table.ts'
import { type Child, startChild } from '../support/child.ts'
import { cleanEnv } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { tempDir } from '../support/end.ts'

const { url, pool } = await testDatabase()
const empty = await testDatabase({ migrated: false })

function app(databaseUrl: string, what = ''): Child {
  const file = join(import.meta.dirname, 'app.mjs')
  return startChild(process.execPath, [file, databaseUrl, what], { env: cleanEnv(), cwd: tempDir() })
}

async function lines(child: Child): Promise<unknown[]> {
  const { exitCode, signal, lines } = await child.exit
  expect({ exitCode, signal }).toEqual({ exitCode: 0, signal: null })
  return lines.map((line) => JSON.parse(line))
}

it('runs tasks, drains, lets go of everything, and says nothing of its own', async () => {
  const [id] = await put(pool, { kind: 'echo', payload: 'käse' })
  const child = app(url)
  await child.waitForOutput(/started/)
  await expect.poll(async () => (await row(pool, id)).status).toBe('done')
  child.write('drain\n')
  expect(await lines(child)).toEqual([
    ['started', 'running'],
    ['finished', { aborted: 0, timedOut: false, done: 1, released: 0 }],
    ['stopped'],
  ])
  expect((await child.exit).stderr).toBe('')
})

it('gives back what runs when it is told to abort', async () => {
  const [id] = await put(pool, { kind: 'slow' })
  const child = app(url)
  await expect.poll(async () => (await row(pool, id)).status, { timeout: 15_000 }).toBe('in_progress')
  child.write('abort\n')
  expect(await lines(child)).toContainEqual([
    'finished',
    { aborted: 1, timedOut: false, done: 0, released: 1 },
  ])
  expect(await row(pool, id)).toMatchObject({ status: 'pending', attempts: 0 })
  await pool.query('delete from taskproc.tasks')
})

it('leaves signals to the program: SIGTERM ends it as it ends any other', async () => {
  const child = app(url)
  await child.waitForOutput(/started/)
  child.signal('SIGTERM')
  const { signal, lines } = await child.exit
  expect(signal).toBe('SIGTERM')
  expect(lines).toEqual(['["started","running"]'])
})

it('tells a listener what happens, and a fault in that is a warning', async () => {
  const [id] = await put(pool, { kind: 'echo' })
  const child = app(url, 'events')
  await child.waitForOutput(/"complete"/)
  child.write('drain\n')
  const said = (await lines(child)).flat()
  expect(said).toEqual(
    expect.arrayContaining(['process.started', 'run.started', 'settle.written', 'process.stopped']),
  )
  expect((await child.exit).stderr).toContain('a listener with a fault')
  expect(await row(pool, id)).toMatchObject({ status: 'done' })
})

it('refuses a database without the schema, and migrate makes it', async () => {
  expect(await lines(app(empty.url))).toEqual([
    ['refused', 'ExpectedError', 'the database has no taskproc schema'],
    ['finished', { aborted: 0, timedOut: false, done: 0, released: 0 }],
    ['stopped'],
  ])
  const child = app(empty.url, 'migrate')
  await child.waitForOutput(/started/)
  child.write('drain\n')
  expect((await lines(child)).slice(0, 2)).toEqual([
    ['migrated', true],
    ['started', 'running'],
  ])
})

it('is finished when it is stopped before it is started', async () => {
  expect(await lines(app(url, 'unstarted'))).toEqual([
    ['refused', 'Error', 'this engine was stopped before it was started'],
    ['finished', { aborted: 0, timedOut: false, done: 0, released: 0 }],
    ['stopped'],
  ])
})
