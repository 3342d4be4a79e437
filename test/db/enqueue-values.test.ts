// Enqueue: payloads of every shape, and values that the table cannot hold.
import { beforeEach, describe, expect, it } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import { readTask as readDocument } from '../../src/db/documents.ts'
import { enqueue, enqueueDocuments } from '../../src/db/enqueue.ts'
import type { JsonValue, NewTask, TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { deleteAll, readTask, readTasks, rolledBack } from './fixtures.ts'

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
  ['a delay that is no number', { kind: 'mail', delayMs: Number.NaN }, '22008'],
])('refuses %s, and the batch with it', async (_, task, code) => {
  for (const batch of [[task], [{ kind: 'mail' }, task], [{ kind: 'mail', uniqueKey: 'u' }, task]]) {
    await expect(enqueue(pool, batch)).rejects.toMatchObject({ code })
    expect(await readTasks(pool)).toEqual([])
  }
})

describe('every way to insert', () => {
  const [earlier, later] = ['2030-01-02T03:04:05.678901+02:00', '2031-01-01T00:00:00Z']
  const rich: NewTask[] = [
    { kind: 'a"b', payload: 1, queue: "q'\\{}, null", priority: -3, runAt: earlier, maxAttempts: 7 },
    { kind: 'NULL', payload: '\\"', timeoutMs: 900, backoffMs: 0, trace: '00-a' },
    { kind: ' ', payload: { a: [null] }, delayMs: 1500, queue: 'NULL', priority: 32_767, maxAttempts: 1000 },
    { kind: '日\t本', runAt: later, timeoutMs: 1, backoffMs: 5 },
  ]

  it('writes the same, alone, in a batch, and in a batch with unique keys', async () => {
    await rolledBack(pool, async (db) => {
      const alone = await readAll(db, await eachAlone(db, rich))
      expect(alone.map((task) => [task['kind'], task['queue'], task['trace']])).toEqual(
        rich.map(({ kind, queue = 'default', trace = null }) => [kind, queue, trace]),
      )
      expect(await readAll(db, await enqueue(db, rich))).toEqual(alone)
      const keyed = await enqueue(db, [...rich, { kind: 'z', uniqueKey: 'u' }])
      expect(await readAll(db, keyed.slice(0, -1))).toEqual(alone)
    })
  })

  const plain: NewTask[] = [
    { kind: 'NULL', payload: '\\"{}', queue: "q'" },
    { kind: 'NULL', queue: "q'" },
  ]

  it.each<[string, Partial<NewTask>]>([
    ['no more than a kind, a queue and a payload', {}],
    ['another kind', { kind: 'other' }],
    ['another queue', { queue: 'other' }],
    ['a priority', { priority: 1 }],
    ['a time', { runAt: later }],
    ['a delay', { delayMs: 90_000 }],
    ['attempts', { maxAttempts: 4 }],
    ['a timeout', { timeoutMs: 5 }],
    ['a backoff', { backoffMs: 0 }],
    ['a trace', { trace: '00-a' }],
    ['a unique key', { uniqueKey: 'u' }],
  ])('writes the same where one of many alike has %s', async (_, differs) => {
    await rolledBack(pool, async (db) => {
      const batch = [...plain, { kind: 'NULL', queue: "q'", payload: 1, ...differs }]
      const together = await readAll(db, await enqueue(db, batch))
      await db.query('delete from taskproc.tasks')
      expect(together).toEqual(await readAll(db, await eachAlone(db, batch)))
    })
  })

  it('has the documents that are read afterwards, and null for a key that is taken', async () => {
    await enqueue(pool, [{ kind: 'z', uniqueKey: 'taken' }])
    const last: NewTask = { kind: 'z', uniqueKey: 'k"\n\\' }
    const taken: NewTask = { kind: 'z', uniqueKey: 'taken' }
    for (const batch of [[last], [taken], rich, [taken, ...rich, last]]) {
      await rolledBack(pool, async (db) => {
        const documents = await enqueueDocuments(db, batch)
        for (const document of documents)
          if (document !== null) expect(document).toEqual(await readDocument(db, document.id))
        expect(documents.map((document) => document === null)).toEqual(batch.map((task) => task === taken))
      })
    }
  })
})

/** All that they have but their ids. */
async function readAll(db: Db, ids: readonly (TaskId | null)[]): Promise<Record<string, unknown>[]> {
  const tasks: Record<string, unknown>[] = []
  for (const id of ids) tasks.push({ ...(await readTask(db, id ?? 0)), id: null })
  return tasks
}

async function eachAlone(db: Db, tasks: readonly NewTask[]): Promise<(TaskId | null)[]> {
  const ids: (TaskId | null)[] = []
  for (const task of tasks) ids.push(...(await enqueue(db, [task])))
  return ids
}
