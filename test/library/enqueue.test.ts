// Enqueueing from a program: on its own connection, in its own transaction, and every wrong field named.
import pg from 'pg'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { ExpectedError } from '../../src/errors.ts'
import { enqueue } from '../../src/library/enqueue.ts'
import { findLive, readTask } from '../../src/library/tasks.ts'
import { testDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'

const { url, pool } = await testDatabase()
/** As a program makes it: a bigint is a text here. */
const own = new pg.Pool({ connectionString: url, max: 2 })
own.on('error', () => {})
afterAll(() => own.end())

beforeEach(async () => {
  await pool.query('delete from taskproc.tasks')
})

async function kinds(): Promise<string[]> {
  const { rows } = await pool.query<{ kind: string }>('select kind from taskproc.tasks order by id')
  return rows.map(({ kind }) => kind)
}

describe('enqueue', () => {
  it('gives the id of one task, as a number, and readTask its document', async () => {
    const id = await enqueue(own, { kind: 'emails', payload: { to: 'ada' } })
    expect(id).toBeTypeOf('number')
    expect(await readTask(own, id ?? 0)).toMatchObject({
      id,
      kind: 'emails',
      payload: { to: 'ada' },
      status: 'pending',
      queue: 'default',
      max_attempts: 3,
      claim_number: 0,
    })
    expect(await readTask(own, 2 ** 40)).toBeNull()
  })

  it('takes every option', async () => {
    const runAt = new Date('2099-01-31T09:00:00.123Z')
    const id = await enqueue(own, {
      kind: 'emails',
      payload: undefined,
      queue: 'mails',
      priority: -7,
      runAt,
      maxAttempts: 9,
      uniqueKey: 'welcome ada',
      timeout: '1.5s',
    })
    const { rows } = await pool.query('select * from taskproc.tasks where id = $1', [id])
    expect(rows).toMatchObject([
      {
        payload: null,
        queue: 'mails',
        priority: -7,
        run_at: runAt,
        max_attempts: 9,
        unique_key: 'welcome ada',
        timeout_ms: 1500,
      },
    ])
  })

  it.each([
    [90_000, 90],
    ['90s', 90],
    [1500, 1.5],
  ])(
    'counts the delay %j from now by the clock of the database: a number is milliseconds',
    async (delay, seconds) => {
      const id = await enqueue(own, { kind: 'emails', delay })
      const { rows } = await pool.query(
        'select extract(epoch from run_at - created_at)::float8 as delay from taskproc.tasks where id = $1',
        [id],
      )
      expect(rows).toEqual([{ delay: seconds }])
    },
  )

  it('gives the ids of many in their order, also of more than fit in a statement', async () => {
    const tasks = Array.from({ length: 4_321 }, (_, index) => ({ kind: 'emails', payload: index }))
    const ids = await enqueue(own, tasks)
    const { rows } = await pool.query<{ id: number; payload: number }>(
      'select id, payload from taskproc.tasks order by payload',
    )
    expect(ids).toEqual(rows.map(({ id }) => id))
    expect(await enqueue(own, [])).toEqual([])
  })

  it('gives null for a task whose unique key a live task has, and findLive tells which', async () => {
    const first = await enqueue(own, { kind: 'emails', uniqueKey: 'a' })
    expect(first).not.toBeNull()
    expect(await findLive(own, 'a')).toBe(first)
    expect(await findLive(own, 'b')).toBeNull()
    expect(await enqueue(own, { kind: 'emails', uniqueKey: 'a' })).toBeNull()
    expect(await enqueue(own, [{ kind: 'x', uniqueKey: 'a' }, { kind: 'y' }])).toEqual([
      null,
      expect.any(Number),
    ])
  })

  it('takes part in the transaction of its caller', async () => {
    const client = await own.connect()
    atTestEnd(() => client.release())
    await client.query('begin')
    await enqueue(client, { kind: 'kept' })
    expect(await kinds(), 'nobody sees it before the commit').toEqual([])
    await client.query('commit')
    await client.query('begin')
    await enqueue(client, [{ kind: 'lost' }, { kind: 'lost' }])
    await client.query('rollback')
    expect(await kinds()).toEqual(['kept'])
  })

  it.each([
    ['no object', 7, /must be a JSON object/],
    ['no kind', {}, /^kind: is missing/],
    ['an unknown field', { kind: 'a', prio: 3 }, /^prio: is no field/],
    ['a long queue', { kind: 'a', queue: 'x'.repeat(300) }, /^queue: must be a name of 1 to 128/],
    ['a negative delay', { kind: 'a', delay: -5 }, /^delay: must be a time/],
    ['a date that is none', { kind: 'a', runAt: new Date('x') }, /^runAt: must be a time with its zone/],
    ['both', { kind: 'a', runAt: new Date(), delay: 5 }, /^delay: /],
    ['too many attempts', { kind: 'a', maxAttempts: 1e6 }, /^maxAttempts: must be a whole number from 1/],
    ['an empty key', { kind: 'a', uniqueKey: '' }, /^uniqueKey: must be a text/],
    ['what jsonb refuses', { kind: 'a', payload: 'a\u0000b' }, /^payload: .*u0000/],
    ['a payload that is no JSON', { kind: 'a', payload: 1n }, /^payload: /],
    [
      'a payload over the limit',
      { kind: 'a', payload: 'x'.repeat(2 ** 21) },
      /^payload: .*the limit is 1048576/,
    ],
  ])('refuses %s, by the name that the field has here', async (_, task, problem) => {
    const refused = enqueue(own, task as { kind: string })
    await expect(refused).rejects.toThrow(ExpectedError)
    await expect(refused).rejects.toThrow(problem)
    expect(await kinds()).toEqual([])
  })

  it('inserts none of many where one is wrong, and says which', async () => {
    const tasks = [{ kind: 'a' }, { kind: 'b', priority: 1.5 }, { kind: 'c' }, { kind: '' }]
    await expect(enqueue(own, tasks)).rejects.toThrow(/^task 1: priority: .*\ntask 3: kind: /)
    expect(await kinds()).toEqual([])
  })
})
