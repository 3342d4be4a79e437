// Enqueue: payloads of every shape, and values that the table cannot hold.
import { beforeEach, describe, expect, it } from 'vitest'
import { enqueue } from '../../src/db/enqueue.ts'
import type { JsonValue } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { deleteAll, readTasks } from './fixtures.ts'

const { pool } = await testDatabase()

beforeEach(() => deleteAll(pool))

describe('a payload', () => {
  const payloads: JsonValue[] = [
    null,
    true,
    0,
    -1.5,
    1e300,
    '',
    'null',
    '"',
    '\\',
    "'",
    '{"a":1}',
    '\u0001\n\u2028',
    '😀',
    '日本',
    [],
    {},
    [null, [1, 'a']],
    { 'a"b': { '': null } },
    'x'.repeat(100_000),
  ]

  it('of any shape arrives as it was', async () => {
    const ids = await enqueue(
      pool,
      payloads.map((payload) => ({ kind: 'mail', payload })),
    )
    const stored = new Map((await readTasks(pool)).map((task) => [task.id, task['payload']]))
    expect(ids.map((id) => stored.get(Number(id)))).toEqual(payloads)
  })

  it('that is null is the JSON null, not the NULL of SQL', async () => {
    await enqueue(pool, [{ kind: 'mail', payload: null }, { kind: 'mail' }])
    const { rows } = await pool.query(`select payload::text as text from taskproc.tasks`)
    expect(rows).toEqual([{ text: 'null' }, { text: 'null' }])
  })

  it.each([
    ['the character U+0000', 'a\u0000b', '22P05'],
    ['half of a surrogate pair', 'a\ud800b', '22P02'],
  ])('with %s is refused, and the batch with it', async (_, text, code) => {
    const batch = [{ kind: 'mail' }, { kind: 'mail', payload: { deep: [text] } }]
    await expect(enqueue(pool, batch)).rejects.toMatchObject({ code })
    expect(await readTasks(pool)).toEqual([])
  })
})

it.each([
  ['a kind that is too long', { kind: 'k'.repeat(129) }, '23514'],
  ['a priority that is no smallint', { kind: 'mail', priority: 40_000 }, '22003'],
  ['no attempt', { kind: 'mail', maxAttempts: 0 }, '23514'],
  ['a time that is none', { kind: 'mail', runAt: 'soon' }, '22007'],
  ['a time that never comes', { kind: 'mail', runAt: 'infinity' }, '23514'],
  ['a delay that is no number', { kind: 'mail', delayMs: Number.NaN }, '23502'],
])('refuses a batch with %s, and writes nothing of it', async (_, task, code) => {
  await expect(enqueue(pool, [{ kind: 'mail' }, task])).rejects.toMatchObject({ code })
  expect(await readTasks(pool)).toEqual([])
})
