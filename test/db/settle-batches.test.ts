// Settle: whole batches, what history says of them, and results of every shape.
import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import { settle } from '../../src/db/settle.ts'
import { LIMITS } from '../../src/task/limits.ts'
import { outcomeOfValue } from '../../src/task/outcome.ts'
import type { Settlement } from '../../src/task/settlement.ts'
import type { JsonValue, TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { addClaimed, addProcess, deleteAll, readLogs, readTasks, rolledBack } from './fixtures.ts'

const { pool } = await testDatabase()
let me: TaskId

beforeEach(async () => {
  await deleteAll(pool)
  me = await addProcess(pool)
})

it('logs when the attempt began, and when it was claimed where it never did', async () => {
  await rolledBack(pool, async (db) => {
    const [ran, waited] = await addClaimed(db, me, 2)
    if (ran === undefined || waited === undefined) throw new Error('nothing claimed')
    const batch = [
      { claim: ran, tookMs: 1500 },
      { claim: waited, tookMs: null },
    ]
    await settle(
      db,
      'me',
      batch.map((one) => ({ ...one, settlement: { verb: 'release' } })),
    )
    const { rows } = await db.query(
      `select extract(epoch from at - started_at)::float8 as seconds, at = now() as now from taskproc.task_logs order by task_id`,
    )
    expect(rows).toEqual([
      { seconds: 1.5, now: true },
      { seconds: 0, now: true },
    ])
  })
})

it('writes full batches, of every verb in turn', async () => {
  const claims = await addClaimed(pool, me, 2 * LIMITS.settleRows)
  const verbs: Settlement[] = [
    { verb: 'complete', result: '1' },
    { verb: 'retry', delayMs: 0, error: 'e' },
    { verb: 'fail', error: 'e' },
    { verb: 'snooze', delayMs: 0 },
    { verb: 'release' },
    { verb: 'cancel', reason: 'r' },
  ]
  const settlementOf = (place: number) => verbs[place % verbs.length] ?? { verb: 'release' }
  const batch = claims.map((claim, place) => ({ claim, settlement: settlementOf(place), tookMs: 1 }))
  const written = [
    ...(await settle(pool, 'me', batch.slice(0, LIMITS.settleRows))),
    ...(await settle(pool, 'me', batch.slice(LIMITS.settleRows))),
  ]
  const statuses = ['done', 'pending', 'error', 'pending', 'pending', 'cancelled']
  expect(new Map(written)).toEqual(new Map(claims.map(({ id }, place) => [id, statuses[place % 6]])))
  expect((await readTasks(pool)).map((task) => task['status'])).toEqual(
    claims.map((_, place) => statuses[place % 6]),
  )
  expect(await readLogs(pool)).toHaveLength(claims.filter((_, place) => place % 6 !== 0).length)
})

/** Settles a batch that completes with these values, and returns what is stored. */
async function storedResults(values: readonly unknown[]): Promise<unknown[]> {
  return rolledBack(pool, async (db) => {
    const claims = await addClaimed(db, me, values.length)
    const resultOf = (value: unknown) => {
      const outcome = outcomeOfValue(value)
      return outcome.type === 'done' ? outcome.result : null
    }
    const batch = claims.map((claim, place) => {
      return { claim, settlement: { verb: 'complete' as const, result: resultOf(values[place]) }, tookMs: 1 }
    })
    await settle(db, 'me', batch)
    const { rows } = await db.query<{ result: unknown }>('select result from taskproc.tasks order by id')
    return rows.map((row) => row.result)
  })
}

it('stores results as they are, whatever quotes, backslashes and commas they hold', async () => {
  const values: JsonValue[] = [
    ...[
      '',
      'null',
      'NULL',
      '"',
      '\\',
      "'",
      '\\"',
      '{}',
      '{"a":1}',
      ',',
      '}{',
      ' ',
      '\u0001\n\r\t\u2028',
      '😀',
      '\\u0000',
      '$1',
    ],
    ...[null, true, 0, -1.5, 1e300, 5e-324, 9007199254740991, [], {}, [[]], [null], { 'a"\\,{}': ['"'] }],
    'x'.repeat(100_000),
  ]
  expect(await storedResults(values)).toEqual(values)
})

it('stores any result that JSON has', async () => {
  const value = fc
    .jsonValue({ stringUnit: 'grapheme' })
    .map((json) => JSON.parse(JSON.stringify(json)) as JsonValue)
  const storable = value.filter((json) => outcomeOfValue(json).type === 'done')
  await fc.assert(
    fc.asyncProperty(fc.array(storable, { minLength: 1, maxLength: 100 }), async (values) => {
      expect(await storedResults(values)).toEqual(values)
    }),
    { numRuns: 40 },
  )
})
