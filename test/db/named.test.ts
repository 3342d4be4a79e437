// Acts on tasks that are named by their ids, while somebody else has them locked: they end, and say whose lock it is.
import { afterAll, describe, expect, it } from 'vitest'
import { cancelNamed } from '../../src/db/cancel.ts'
import { createClient, createPool } from '../../src/db/pool.ts'
import { retryNamed } from '../../src/db/retry.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { addTask, readTask } from './fixtures.ts'

const { url } = await testDatabase()
// Two for each act that waits, and all but one wait at the same time.
const pool = createPool({ url, applicationName: 'this test', maxConnections: 16 })
afterAll(() => pool.end())
const error = { status: 'error', finished_at: '2026-01-01T00:00:00Z', error: 'no luck' }

/** A session that has done this in a transaction and sits on it; its number on the server. */
async function sittingOn(statement: string, values: unknown[] = []): Promise<number> {
  const client = createClient({ url, applicationName: 'a forgotten psql' })
  await client.connect()
  atTestEnd(() => client.end())
  await client.query('begin')
  await client.query(statement, values)
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}

const lockRow = (...ids: TaskId[]) =>
  sittingOn('select from taskproc.tasks where id = any ($1) for update', [ids])

it('names who has the whole table', async () => {
  const id = await addTask(pool, error)
  const pid = await sittingOn('lock table taskproc.tasks in share mode')
  await expect(retryNamed(pool, [id], 'somebody')).rejects.toThrow(
    new RegExp(`^task ${id} is locked: session ${pid} .* a lock on the whole table taskproc.tasks`),
  )
})

it('waits for a lock that is given back', async () => {
  const id = await addTask(pool, error)
  const client = await pool.connect()
  await client.query('begin')
  await client.query('select from taskproc.tasks for update')
  const answers = retryNamed(pool, [id], 'somebody')
  await eventually('it waits', async () => {
    const { rows } = await pool.query('select from pg_locks where not granted')
    return rows.length > 0
  })
  await client.query('commit')
  client.release()
  expect(await answers).toMatchObject([{ answer: 'retried' }])
})

describe.concurrent('a lock that is not given back', () => {
  it.each([
    ['retry', retryNamed, error, false],
    ['retry --dry-run', retryNamed, error, true],
    ['cancel', cancelNamed, {}, false],
  ] as const)('%s names the session that has locked the row', async (_, act, columns, isRehearsal) => {
    const [free, locked] = [await addTask(pool, columns), await addTask(pool, columns)]
    const pid = await lockRow(locked)
    await expect(act(pool, [free, locked], 'somebody', isRehearsal)).rejects.toMatchObject({
      name: 'Locked',
      exitStatus: 1,
      message: expect.stringMatching(
        new RegExp(
          `^task ${locked} is locked: session ${pid} \\(a forgotten psql, idle in transaction\\) has held a lock on its row for .*; nothing was changed$`,
        ),
      ),
      hint: `Wait for its end, or end it: select pg_terminate_backend(${pid})`,
    })
    expect(await readTask(pool, free)).toMatchObject({ status: columns === error ? 'error' : 'pending' })
  })

  it('counts the others that are locked', async () => {
    const ids = [await addTask(pool, error), await addTask(pool, error), await addTask(pool, error)]
    await lockRow(...ids.slice(1))
    await expect(retryNamed(pool, ids, 'somebody')).rejects.toThrow(
      new RegExp(`^task ${ids[1]} and 1 more are locked`),
    )
  })

  it('names who is about to enqueue a task with the same unique_key', async () => {
    const id = await addTask(pool, { ...error, unique_key: 'k' })
    const pid = await sittingOn(`insert into taskproc.tasks (kind, unique_key) values ('noop', 'k')`)
    await expect(retryNamed(pool, [id], 'somebody')).rejects.toThrow(
      new RegExp(`^task ${id} is locked: session ${pid} .* a lock on its unique_key`),
    )
  })
})
