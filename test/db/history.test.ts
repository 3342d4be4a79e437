// The log of a task as it is stored, and its timeline as it grows.
import { beforeEach, describe, expect, it } from 'vitest'
import { readHistory } from '../../src/db/history.ts'
import { appendLogs } from '../../src/db/logs.ts'
import { rescue } from '../../src/db/rescue.ts'
import { settle } from '../../src/db/settle.ts'
import { readNewItems, readTimeline } from '../../src/db/timeline.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { addClaimed, addProcess, addTask, deleteAll } from './fixtures.ts'

const { pool } = await testDatabase()

beforeEach(() => deleteAll(pool))

/** A task whose first attempt logged two lines and failed. */
async function failedOnce() {
  const process = await addProcess(pool, { name: 'one' })
  const [claim] = await addClaimed(pool, process, 1)
  if (claim === undefined) throw new Error('nothing was claimed')
  await pool.query(`update taskproc.tasks set created_at = now() - interval '1 minute'`)
  const startS = (claim.claimedAtS ?? 0) - 1
  const line = { taskId: claim.id, attempt: 1, atS: startS + 0.05 }
  await appendLogs(pool, 'one', [
    { ...line, line: 'first' },
    { ...line, line: 'x'.repeat(5000), atS: startS + 0.06 },
  ])
  await settle(pool, 'one', [
    {
      claim,
      settlement: { verb: 'retry', delayMs: 60_000, error: 'no' },
      tookMs: 100,
      endedAtS: startS + 0.1,
    },
  ])
  return claim
}

it('reads what happened and what was logged, oldest first, each line within its bound', async () => {
  const { id } = await failedOnce()
  await addTask(pool)
  const rows = await readHistory(pool, id)
  expect(rows).toMatchObject([
    { event: 'log', attempt: 1, process: 'one', level: 'info', message: 'first', started_at: null },
    { event: 'log', message: 'x'.repeat(1000) },
    {
      event: 'failed',
      level: 'warn',
      message: 'no',
      started_at: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/),
    },
  ])
  const failed = rows[2]
  expect(Date.parse(failed?.at ?? '') - Date.parse(failed?.started_at ?? '')).toBe(100)
})

it('reads no more than anybody reads, the newest', async () => {
  const id = await addTask(pool)
  await pool.query(
    `insert into taskproc.task_logs (task_id, attempt, event, level, message, at)
     select $1, 1, case when n % 2 = 0 then 'log' else 'released' end, 'info', n::text, now() + n * interval '1 second'
     from generate_series(1, 4000) n`,
    [id],
  )
  const rows = await readHistory(pool, id)
  expect(rows).toHaveLength(1300)
  expect(rows.at(-1)).toMatchObject({ message: '4000' })
  expect(rows[0]).toMatchObject({ message: '2002', event: 'log' })
})

function sorted(items: readonly unknown[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort()
}

describe('the timeline in pages', () => {
  it.each([1, 2, 3, 10])(
    'is the whole of it when read %i rows at a time, without gaps and repeats',
    async (limit) => {
      const { id } = await failedOnce()
      await pool.query(
        `insert into taskproc.task_logs (task_id, attempt, process, event, level, message, at)
       select $1, 2, 'one', 'log', 'info', n::text, now() + n / 2 * interval '1 second' from generate_series(1, 9) n`,
        [id],
      )
      const whole = await readTimeline(pool, id)
      expect(whole?.next).toBeNull()
      const read: unknown[] = []
      let pages = 0
      for (let before: TaskId | undefined; ; pages++) {
        const page = await readTimeline(pool, id, { before, limit })
        read.unshift(...(page?.items ?? []))
        if (page === null || page.next === null) break
        before = page.next
      }
      // The start of an attempt is on the page of its end, whatever was logged between them.
      expect(sorted(read)).toEqual(sorted(whole?.items ?? []))
      expect(pages).toBe(Math.ceil(12 / limit) - 1)
    },
  )
})

describe('an attempt whose start nobody knows', () => {
  async function messages(id: TaskId): Promise<[message: string | undefined, at: string | undefined][]> {
    return ((await readTimeline(pool, id))?.items ?? []).map(({ message, at }) => [message, at])
  }

  it.each([
    [
      'given back before it began',
      { verb: 'release' },
      /^released: given back, not begun \(60\.\d+ s after its claim\)$/,
    ],
    [
      'cancelled before it began',
      { verb: 'cancel', reason: 'cancelled before it ran' },
      /^cancelled: .* after its claim\)$/,
    ],
  ] as const)('is claimed and never started: %s', async (_, settlement, end) => {
    const [claim] = await addClaimed(pool, await addProcess(pool), 1)
    if (claim === undefined) throw new Error('nothing was claimed')
    const claimedAtS = (claim.claimedAtS ?? 0) - 60
    await pool.query(
      'update taskproc.tasks set claimed_at = to_timestamp($1), created_at = to_timestamp($1)',
      [claimedAtS],
    )
    await settle(pool, 'one', [{ claim: { ...claim, claimedAtS }, settlement, tookMs: null }])
    const told = await messages(claim.id)
    expect(told.map(([message]) => message)).toEqual(['enqueued', 'claimed', expect.stringMatching(end)])
    const rows = await readHistory(pool, claim.id)
    expect(rows).toMatchObject([{ started_at: null, claimed_at: told[1]?.[1] }])
  })

  it('is claimed and never started: its process died', async () => {
    const process = await addProcess(pool, { lease_ms: 1, heartbeat_at: '2020-01-01T00:00:00Z' })
    const [claim] = await addClaimed(pool, process, 1)
    if (claim === undefined) throw new Error('nothing was claimed')
    const { rows } = await pool.query<{ at: string }>(
      `update taskproc.processes set state = 'lost', stopped_at = now() returning (select to_char(claimed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from taskproc.tasks)`,
    )
    await rescue(pool, 3, 10)
    const told = await messages(claim.id)
    expect(told.map(([message]) => message)).toEqual([
      ...[
        'enqueued',
        'claimed',
        expect.stringMatching(/^rescued: its process .* \([\d.]+ s after its claim\)$/),
      ],
    ])
    expect(told[1]?.[1]).toBe(rows[0]?.at)
  })
})

it('dates the end of a run when it ended, not when that was written', async () => {
  const [claim] = await addClaimed(pool, await addProcess(pool), 1)
  if (claim === undefined) throw new Error('nothing was claimed')
  const startS = (claim.claimedAtS ?? 0) - 3600
  await pool.query('update taskproc.tasks set created_at = to_timestamp($1), claimed_at = to_timestamp($1)', [
    startS,
  ])
  await settle(pool, 'one', [
    { claim, settlement: { verb: 'retry', delayMs: 0, error: 'no' }, tookMs: 2_000, endedAtS: startS + 5 },
  ])
  await appendLogs(pool, 'one', [{ taskId: claim.id, attempt: 1, line: 'written late', atS: startS + 3.5 }])
  const items = (await readTimeline(pool, claim.id))?.items ?? []
  expect(items.map(({ message }) => message)).toEqual([
    ...['enqueued', 'started', 'log: written late', 'failed: no (ran 2.000 s)'],
  ])
})

describe('new items', () => {
  it('are all of the timeline at first, and then those that were not seen', async () => {
    const { id } = await failedOnce()
    const first = await readNewItems(pool, id, { after: 0, except: [] })
    const messages = first?.items.map(({ message }) => message.slice(0, 10))
    expect(messages).toEqual(['enqueued', 'started', 'log: first', 'log: xxxxx', 'failed: no'])
    expect(first).toMatchObject({ status: 'pending', finishedSecondsAgo: null })
    expect((await readTimeline(pool, id))?.items).toEqual(
      first?.items.map(({ at, attempt, process, level, message }) => ({
        at,
        attempt,
        process,
        level,
        message,
      })),
    )

    const ids = first?.items.flatMap(({ logId }) => logId ?? []) ?? []
    expect(new Set(ids).size).toBe(3)
    const second = await readNewItems(pool, id, { after: 0, except: ids })
    expect(second?.items.map(({ name }) => name)).toEqual(['enqueued'])
    const third = await readNewItems(pool, id, { after: ids[0] ?? 0, except: [] })
    expect(third?.items.map(({ message }) => message.slice(0, 8))).not.toContain('log: fir')
  })

  it('know when the task has finished, by the clock of the database', async () => {
    const process = await addProcess(pool)
    const [claim] = await addClaimed(pool, process, 1)
    if (claim === undefined) throw new Error('nothing was claimed')
    await settle(pool, 'one', [{ claim, settlement: { verb: 'complete', result: null }, tookMs: 1 }])
    await pool.query(`update taskproc.tasks set finished_at = now() - interval '1 hour'`)
    const look = await readNewItems(pool, claim.id, { after: 0, except: [] })
    expect(look?.status).toBe('done')
    expect(Math.round(look?.finishedSecondsAgo ?? 0)).toBe(3600)
  })

  it('of a task that does not exist are none', async () => {
    expect(await readNewItems(pool, 1, { after: 0, except: [] })).toBeNull()
    expect(await readTimeline(pool, 1)).toBeNull()
  })
})
