// taskproc.enqueue: the door for plain SQL, with the checks, defaults and wake-ups of the program's own.
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { enqueue } from '../../src/db/enqueue.ts'
import { fallAsleep } from '../../src/db/sleepers.ts'
import { LIMITS } from '../../src/task/limits.ts'
import { readNewTask } from '../../src/task/new-task.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import {
  addProcess,
  addTask,
  changes,
  deleteAll,
  nowPlus,
  readTask,
  readTasks,
  rolledBack,
} from './fixtures.ts'
import { listenToActs } from './heard.ts'

const { url, pool } = await testDatabase()
const heardDuring = await listenToActs(url, pool)

beforeEach(() => deleteAll(pool))

/** Calls it with these arguments, as they stand in the text of a statement. */
async function call(argumentsText: string, db: Pick<typeof pool, 'query'> = pool): Promise<TaskId> {
  const { rows } = await db.query<{ enqueue: TaskId }>(`select taskproc.enqueue(${argumentsText})`)
  return rows[0]?.enqueue ?? -1
}

it('takes a kind and a payload as anybody would write them', async () => {
  const id = await call(`'emails', '{"to": "..."}'`)
  expect(await readTask(pool, id)).toMatchObject({
    kind: 'emails',
    payload: { to: '...' },
    queue: 'default',
    status: 'pending',
  })
})

it('has the defaults of the program, whether an argument is left out or null', async () => {
  await rolledBack(pool, async (db) => {
    const [own = 0] = await enqueue(db, [{ kind: 'mail' }])
    const like = await readTask(db, own ?? 0)
    for (const text of [`'mail'`, `'mail', null, null, null, null, null, null, null`]) {
      expect(changes(like, await readTask(db, await call(text, db)))).toEqual({ id: expect.any(Number) })
    }
  })
})

it('takes every argument by its place and by its name, and plain integers', async () => {
  const wanted = {
    ...{ kind: 'mail', payload: [1], queue: 'q', priority: -32768, run_at: '2030-01-01T00:00:00+00:00' },
    ...{ max_attempts: 5, unique_key: 'k', timeout_ms: 1500 },
  }
  const placed = await call(`'mail', '[1]', 'q', -32768, '2030-01-01T00:00:00Z', 5, 'k', 1500`)
  expect(await readTask(pool, placed)).toMatchObject(wanted)
  await deleteAll(pool)
  const named = await call(
    `kind => 'mail', timeout_ms => 1500, unique_key => 'k', max_attempts => 5, run_at => '2030-01-01T00:00:00Z',
     priority => '-32768'::smallint, queue => 'q', payload => '[1]'`,
  )
  expect(await readTask(pool, named)).toMatchObject(wanted)
})

it('takes part in the transaction of its caller', async () => {
  await rolledBack(pool, (db) => call(`'mail'`, db))
  expect(await readTasks(pool)).toEqual([])
})

it('counts from the clock of the database', async () => {
  await rolledBack(pool, async (db) => {
    const id = await call(`'mail', run_at => now() + interval '90 s'`, db)
    expect(await readTask(db, id)).toMatchObject({ run_at: await nowPlus(db, 90_000) })
  })
})

it('wakes who sleeps for the queue, and nobody else', async () => {
  await fallAsleep(pool, await addProcess(pool), ['a'], 60_000)
  const acts = async () => {
    await call(`'mail', queue => 'b'`)
    await call(`'mail', queue => 'a', run_at => now() + interval '1 hour'`)
    await call(`'mail', queue => 'a'`)
  }
  expect(await heardDuring(acts)).toEqual(['work a'])
})

describe('a unique_key that a live task has', () => {
  const refusal = (id: TaskId) => ({
    code: '23505',
    constraint: 'tasks_unique_live',
    message: `task ${id} is live and has the unique key k`,
  })

  it('is refused with the id of that task', async () => {
    const id = await call(`'mail', unique_key => 'k'`)
    await expect(call(`'mail', unique_key => 'k'`)).rejects.toMatchObject(refusal(id))
    await pool.query(`update taskproc.tasks set status = 'cancelled', finished_at = now()`)
    expect(await call(`'mail', unique_key => 'k'`)).not.toBe(id)
  })

  it('of a transaction that is still open is waited for', async () => {
    const client = await pool.connect()
    await client.query('begin')
    const id = await call(`'mail', unique_key => 'k'`, client)
    const second = call(`'mail', unique_key => 'k'`)
    const outcome = expect(second).rejects.toMatchObject(refusal(id))
    await client.query('commit')
    client.release()
    await outcome
  })

  it('is refused also where the transaction cannot see that task', async () => {
    const client = await pool.connect()
    await client.query('begin isolation level repeatable read; select 1')
    await addTask(pool, { unique_key: 'k' })
    await expect(call(`'mail', unique_key => 'k'`, client)).rejects.toMatchObject({ code: /^(23505|40001)$/ })
    await client.query('rollback')
    client.release()
  })

  it('lets one of many through', async () => {
    const calls = Array.from({ length: 20 }, () => call(`'mail', unique_key => 'k'`))
    const settled = await Promise.allSettled(calls)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const [task] = await readTasks(pool)
    for (const one of settled)
      if (one.status === 'rejected') expect(one.reason).toMatchObject(refusal(task?.id ?? 0))
  })
})

it('names everything that is wrong at once', async () => {
  const wrong = call(
    `E'a\\tb', queue => '', priority => 40000, run_at => 'infinity', max_attempts => 0, unique_key => '', timeout_ms => 0`,
  )
  await expect(wrong).rejects.toMatchObject({
    code: '22023',
    message: expect.stringMatching(
      /^cannot enqueue: kind .*; queue .*; priority .*; run_at .*; max_attempts .*; unique_key .*; timeout_ms /,
    ),
  })
  expect(await readTasks(pool)).toEqual([])
})

const TEXT_100_000 = `repeat('x', 100000)`

it.each([
  ['no kind', 'null', '22023'],
  ['a kind that is too long', `repeat('k', 129)`, '22023'],
  ['a queue with a control character', `'mail', queue => chr(133)`, '22023'],
  ['a key that is too long', `'mail', unique_key => repeat('k', 513)`, '22023'],
  ['too many attempts', `'mail', max_attempts => 1001`, '22023'],
  ['a priority below a smallint', `'mail', priority => -32769`, '22023'],
  ['a payload that is no JSON', `'mail', 'hello'`, '22P02'],
  ['U+0000 in its payload', `'mail', '"\\u0000"'`, '22P05'],
  ['half of a surrogate pair', `'mail', '"\\ud800"'`, '22P02'],
  ['a payload above the limit', `'mail', to_jsonb(repeat(${TEXT_100_000}, 11))`, '22023'],
])('refuses %s', async (_, text, code) => {
  await expect(call(text)).rejects.toMatchObject({ code })
  expect(await readTasks(pool)).toEqual([])
})

it('takes what is just within the limits', async () => {
  const bytes = LIMITS.payloadBytes - 2
  await call(
    `repeat('k', 128), to_jsonb(repeat('x', ${bytes})), repeat('ü', 128), 32767, now(), 1000, repeat('😀', 512), 1`,
  )
  expect(await readTasks(pool)).toHaveLength(1)
})

it('stores what the program would, for any task that the program takes', async () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  const documents = fc.record(
    {
      kind: name,
      payload: fc.jsonValue(),
      queue: name,
      priority: fc.integer({ min: -40_000, max: 40_000 }),
      max_attempts: fc.integer({ min: 0, max: 1001 }),
      unique_key: name,
    },
    { requiredKeys: ['kind'] },
  )
  await fc.assert(
    fc.asyncProperty(documents, (document) =>
      rolledBack(pool, async (db) => {
        const read = readNewTask(document)
        const { kind, payload, queue, priority, max_attempts, unique_key } = document
        const values = [
          kind,
          payload === undefined ? null : JSON.stringify(payload),
          queue,
          priority,
          max_attempts,
          unique_key,
        ]
        const insert = () =>
          db.query<{ id: number }>('select taskproc.enqueue($1, $2, $3, $4, null, $5, $6) as id', values)
        if ('problems' in read) return void (await expect(insert()).rejects.toThrow())
        const [own] = await enqueue(db, [read.task])
        const like = await readTask(db, own ?? 0)
        await db.query('delete from taskproc.tasks')
        const { rows } = await insert()
        expect(changes(like, await readTask(db, rows[0]?.id ?? 0))).toEqual({ id: rows[0]?.id })
      }),
    ),
    { numRuns: 60 },
  )
})
