// POST /tasks: one task, many, and all that can be wrong with them.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newTask } from '../../src/http/schemas.ts'
import { readNewTask } from '../../src/task/new-task.ts'
import { testDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { startApi } from './api.ts'

const { url, pool } = await testDatabase()

async function count(): Promise<number> {
  const { rows } = await pool.query<{ n: number }>('select count(*)::int as n from taskproc.tasks')
  return rows[0]?.n ?? 0
}

describe('one task', () => {
  it('is answered with its document, which is that of the table', async () => {
    const { call } = await startApi(url)
    const body = {
      kind: 'mail',
      payload: { b: [1, null, 'é🎉'], a: { __proto__: 1, constructor: 2 } },
      queue: `it's "quoted", %27 ; drop`,
      priority: -5,
      delay: '10m',
      max_attempts: 7,
      unique_key: 'key 1',
      timeout: 1.5,
    }
    const answer = await call('POST', '/tasks', { body })
    expect(answer).toMatchObject({ status: 201, body: { status: 'pending', queue: body.queue } })
    const { id } = answer.body as { id: number }
    expect(answer.headers.location).toBe(`/tasks/${id}`)
    expect(await call('GET', `/tasks/${id}`)).toMatchObject({ status: 200, body: answer.body })
  })

  it('keeps keys that other programs stumble over', async () => {
    const { call } = await startApi(url)
    const body = '{"kind":"mail","payload":{"__proto__":{"a":1},"constructor":{"prototype":2},"":0}}'
    const answer = await call('POST', '/tasks', { body })
    expect(answer.status).toBe(201)
    const { rows } = await pool.query('select payload::text from taskproc.tasks order by id desc limit 1')
    expect(JSON.parse(rows[0].payload)).toEqual(JSON.parse(body).payload)
  })

  it('names every wrong field at once', async () => {
    const { call } = await startApi(url)
    const before = await count()
    const body = { kind: '', queue: 'a\nb', priority: 1e9, run_at: 'soon', colour: 'red', timeout: -1 }
    const answer = await call('POST', '/tasks', { body })
    expect(answer).toMatchObject({ status: 400, type: 'application/problem+json' })
    const { errors } = answer.body as { errors: { field: string }[] }
    expect(errors.map(({ field }) => field)).toEqual([
      'kind',
      'queue',
      'priority',
      'run_at',
      'colour',
      'timeout',
    ])
    expect(await count()).toBe(before)
  })

  it.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '7'],
    ['no JSON', '{"kind": '],
    ['JSON with more behind it', '{"kind":"a"} x'],
    ['a character that jsonb cannot hold', '{"kind":"a","payload":"\\u0000"}'],
    ['half of a character', '{"kind":"a","payload":["\\ud83d"]}'],
    ['a name with such a character', '{"kind":"a\\u0000"}'],
    ['a number that is none', '{"kind":"a","payload":1e999}'],
    ['a number that nobody can count to', '{"kind":"a","priority":1e308}'],
    ['a nest without end', `{"kind":"a","payload":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['a number that would be rounded', '{"kind":"a","payload":9007199254740993}'],
    ['no UTF-8', Buffer.from('{"kind":"a\xff"}', 'latin1')],
    ['an array that is no task', '[[]]'],
  ])('is refused where it is %s', async (_, body) => {
    const { call } = await startApi(url)
    const before = await count()
    const answer = await call('POST', '/tasks', { body, headers: { 'content-type': 'application/json' } })
    expect(answer, answer.text.slice(0, 300)).toMatchObject({ status: 400, type: 'application/problem+json' })
    expect(await count()).toBe(before)
  })

  it('is refused with the live task that has its unique key, and accepted when that has finished', async () => {
    const { call } = await startApi(url)
    const body = { kind: 'mail', unique_key: 'one at a time' }
    const first = await call('POST', '/tasks', { body })
    const { id } = first.body as { id: number }
    const second = await call('POST', '/tasks', { body })
    expect(second.status).toBe(409)
    expect(second.body).toMatchObject({
      detail: `task ${id} is live and has the unique key "one at a time".`,
      errors: [{ field: 'unique_key' }],
    })
    await call('POST', `/tasks/${id}/cancel`)
    expect((await call('POST', '/tasks', { body })).status).toBe(201)
  })

  it('does not make others wait while somebody else holds its unique key', async () => {
    const { call } = await startApi(url)
    const client = await pool.connect()
    atTestEnd(() => client.release())
    await client.query(`begin; insert into taskproc.tasks (kind, unique_key) values ('mail', 'held')`)
    const waiting = call('POST', '/tasks', { body: { kind: 'mail', unique_key: 'held' } })
    await eventually('it waits', async () => {
      const { rows } = await pool.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rows.length > 0
    })
    expect((await call('POST', '/tasks', { body: { kind: 'mail' } })).status).toBe(201)
    await client.query('rollback')
    expect((await waiting).status).toBe(201)
  })
})

it('gives each of many that come at once the answer to its own', async () => {
  const { call } = await startApi(url)
  const tasks = Array.from({ length: 200 }, (_, n) => ({
    kind: `kind ${n % 7}`,
    payload: { n },
    ...(n % 10 === 3 ? { unique_key: 'all the same' } : {}),
    ...(n % 10 === 7 ? { priority: 99_999 } : {}),
  }))
  const answers = await Promise.all(tasks.map((body) => call('POST', '/tasks', { body })))
  for (const [n, answer] of answers.entries()) {
    if (n % 10 === 7) expect(answer.status).toBe(400)
    else if (n % 10 !== 3) expect(answer).toMatchObject({ status: 201, body: { ...tasks[n] } })
  }
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(19)
  const ids = answers.flatMap(({ status, body }) => (status === 201 ? [(body as { id: number }).id] : []))
  expect(new Set(ids).size).toBe(161)
})

describe('an array of tasks', () => {
  it('is answered with the ids in its order', async () => {
    const { call } = await startApi(url)
    const body = Array.from({ length: 1203 }, (_, n) => ({ kind: 'many', payload: n }))
    const answer = await call('POST', '/tasks', { body })
    expect(answer.status).toBe(201)
    const { ids } = answer.body as { ids: number[] }
    const { rows } = await pool.query(
      `select array_agg(payload::int order by at) as payloads from unnest($1::bigint[]) with ordinality as asked (id, at)
       join taskproc.tasks using (id)`,
      [ids],
    )
    expect(rows[0].payloads).toEqual(body.map(({ payload }) => payload))
  })

  it('of 10,000 is inserted at once, and one more is refused', async () => {
    const { call } = await startApi(url)
    const body = Array.from({ length: 10_001 }, () => ({ kind: 'flood' }))
    expect(await call('POST', '/tasks', { body })).toMatchObject({ status: 400 })
    const answer = await call('POST', '/tasks', { body: body.slice(1) })
    expect((answer.body as { ids: number[] }).ids).toHaveLength(10_000)
    expect((await call('POST', '/tasks', { body: [] })).status).toBe(400)
  })

  it('is refused as a whole, with every problem of each of its tasks', async () => {
    const { call } = await startApi(url)
    const before = await count()
    const body: unknown[] = Array.from({ length: 10_000 }, () => ({ kind: 'flood' }))
    body[17] = { kind: '', priority: 'high' }
    body[9_999] = 'no task'
    body[5_000] = { kind: 'a', unique_key: 'twice' }
    body[5_001] = { kind: 'a', unique_key: 'twice' }
    const answer = await call('POST', '/tasks', { body })
    expect(answer).toMatchObject({
      status: 400,
      body: {
        errors: [
          { index: 17, field: 'kind' },
          { index: 17, field: 'priority' },
          { index: 5_001, field: 'unique_key', problem: 'is that of task 5000 in the same array' },
          { index: 9_999, field: '' },
        ],
      },
    })
    expect(await count()).toBe(before)
  })

  it('is refused as a whole where live tasks have some of its unique keys', async () => {
    const { call } = await startApi(url)
    const live = await call('POST', '/tasks', { body: { kind: 'mail', unique_key: 'taken' } })
    const before = await count()
    const body = Array.from({ length: 700 }, (_, n) => ({ kind: 'mail', unique_key: `k${n}` }))
    body[650] = { kind: 'mail', unique_key: 'taken' }
    const answer = await call('POST', '/tasks', { body })
    const problem = `task ${(live.body as { id: number }).id} is live and has the unique key "taken"`
    expect(answer).toMatchObject({
      status: 409,
      body: { errors: [{ index: 650, field: 'unique_key', problem }] },
    })
    expect(await count()).toBe(before)
  })
})

it('documents a task as it is read', () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.integer({ min: -40_000, max: 40_000 }),
    fc.constantFrom(
      '',
      'a',
      '5s',
      '2030-01-31T09:00:00Z',
      'x'.repeat(129),
      'x'.repeat(600),
      3.5,
      true,
      [],
      {},
    ),
  )
  const names = [
    'kind',
    'payload',
    'queue',
    'priority',
    'delay',
    'max_attempts',
    'unique_key',
    'timeout',
    'other',
  ]
  const document = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4 })
  fc.assert(
    fc.property(document, (task) => {
      const read = readNewTask(task)
      const documented = newTask.safeParse(task)
      // What is documented is a little wider: a text in place of a duration may be none.
      if ('task' in read) expect(documented.success, JSON.stringify(task)).toBe(true)
      else if (documented.success) {
        const fields = read.problems.map(({ field }) => field)
        for (const field of fields)
          expect(['delay', 'timeout', 'kind', 'queue'], JSON.stringify(task)).toContain(field)
      }
    }),
    { numRuns: 2_000 },
  )
})
