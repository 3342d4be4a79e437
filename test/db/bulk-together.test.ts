// Everybody at once: claims, settlements, enqueues, rescues and three bulk acts on the same rows. Nothing waits for each other
// in a circle, nothing is lost, and the tallies are exact.
import { expect, it } from 'vitest'
import { cancel } from '../../src/db/cancel.ts'
import { claim } from '../../src/db/claim.ts'
import type { Db } from '../../src/db/db.ts'
import { enqueue } from '../../src/db/enqueue.ts'
import { findNext, type Place, startOf } from '../../src/db/filter/walk.ts'
import { createPool } from '../../src/db/pool.ts'
import { prune } from '../../src/db/prune/prune.ts'
import { declareDead, rescue } from '../../src/db/rescue.ts'
import { retry } from '../../src/db/retry.ts'
import { settle } from '../../src/db/settle.ts'
import { verify } from '../../src/db/verify.ts'
import type { TaskFilter } from '../../src/task/filter.ts'
import { FINISHED } from '../../src/task/status.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { addProcess, lane, readLogs } from './fixtures.ts'
import { readTallies, type Tallies } from './tallies.ts'

const { url, pool } = await testDatabase()
const ROUNDS = 12
const QUEUES = ['a', 'b', 'c']

/** What the processes of this test settled themselves: they would count it. */
const settled: Tallies = {}
let pruned = 0
let isOver = false

async function work(db: Db): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const me = await addProcess(db)
    const lanes = QUEUES.map((queue) => lane({ queue }))
    const { claims } = await claim(db, me, 60, lanes)
    const dies = round % 2 === 1
    const batch = claims.slice(0, dies ? 10 : 60).map((one, index) => ({
      claim: one,
      settlement:
        index % 3 === 0
          ? { verb: 'fail' as const, error: 'no' }
          : { verb: 'complete' as const, result: null },
      tookMs: 1,
    }))
    const written = await settle(db, 'me', batch)
    for (const { claim: one, settlement } of batch) {
      if (!written.has(one.id)) continue
      sumsOf(settled, `${one.queue} ${one.kind}`)[settlement.verb === 'fail' ? 'error' : 'done'] += 1
    }
    await declareDead(db, me)
    // At the first crash: quarantined.
    await rescue(db, 1, 500)
  }
}

/** Round after round while the others work, and once more. */
async function bulk(filter: TaskFilter, db: Db, act: (ids: readonly TaskId[]) => Promise<unknown>) {
  for (let isLast = false; !isLast; ) {
    isLast = isOver
    for (let place: Place | null = startOf(filter); place !== null; ) {
      const { ids, next } = await findNext(db, filter, place, 200)
      await act(ids)
      place = next
    }
  }
}

it('ends in a sound table with exact tallies', async () => {
  const many = createPool({ url, applicationName: 'together', maxConnections: 10 })
  const failed: TaskFilter = { status: ['error', 'cancelled'] }
  const live: TaskFilter = { status: ['pending', 'in_progress'], queue: ['b'] }
  const over = { status: FINISHED, queue: ['a', 'c'], olderThanMs: 5 }
  const fill = async () => {
    for (let round = 0; round < ROUNDS; round++)
      await enqueue(
        many,
        Array.from({ length: 60 }, (_, index) => ({
          kind: 'noop',
          queue: QUEUES[index % 3] ?? 'a',
          ...(index % 4 === 0 ? { uniqueKey: `key ${index}` } : {}),
        })),
      )
  }
  await Promise.all([
    Promise.all([fill(), work(many), work(many), work(many)]).finally(() => {
      isOver = true
    }),
    bulk(failed, many, (ids) => retry(many, ids, 'one', failed)),
    bulk(live, many, (ids) => cancel(many, ids, 'two', live)),
    bulk(failed, many, (ids) => retry(many, [...ids].reverse().slice(0, 20), 'three')),
    bulk(over, many, async (ids) => {
      pruned += (await prune(many, ids, over)).length
    }),
  ])
  await many.end()
  expect(await verify(pool)).toMatchObject({ violations: 0 })
  expect(pruned).toBeGreaterThan(0)
  expect(await differences()).toEqual(await readTallies(pool))
  const { rows } = await pool.query<{ id: TaskId }>('select id from taskproc.tasks')
  const ids = new Set(rows.map(({ id }) => id))
  const logs = (await readLogs(pool)) as { task_id: number }[]
  expect(logs.filter(({ task_id }) => !ids.has(task_id))).toEqual([])
}, 120_000)

/** What is there, without what was settled. */
async function differences(): Promise<Tallies> {
  const { rows } = await pool.query<{ name: string; status: 'done' | 'error' | 'cancelled'; count: number }>(
    `select queue || ' ' || kind as name, status, count(*) as count from taskproc.tasks
     where finished_at is not null group by queue, kind, status`,
  )
  const sums: Tallies = {}
  for (const { name, status, count } of rows) sumsOf(sums, name)[status] += count
  for (const [name, { done, error }] of Object.entries(settled)) {
    sumsOf(sums, name).done -= done
    sumsOf(sums, name).error -= error
  }
  return Object.fromEntries(
    Object.entries(sums).filter(([, { done, error, cancelled }]) => done || error || cancelled),
  )
}

function sumsOf(tallies: Tallies, name: string): { done: number; error: number; cancelled: number } {
  const sums = tallies[name] ?? { done: 0, error: 0, cancelled: 0 }
  tallies[name] = sums
  return sums
}
