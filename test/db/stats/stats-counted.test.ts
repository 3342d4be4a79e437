// Stats of a large table: what the processes counted and the tallies of all others agree with a count of every row, after
// any story of tasks that are claimed, settled, cancelled, retried, pruned, left behind and rescued.
import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import { leaveCounters } from '../../../src/db/beat.ts'
import type { Db } from '../../../src/db/db.ts'
import { createPool } from '../../../src/db/pool.ts'
import { pruneProcesses } from '../../../src/db/prune/rest.ts'
import { readStats } from '../../../src/db/stats/stats.ts'
import { Tally } from '../../../src/engine/tally.ts'
import type { TaskId } from '../../../src/task/task.ts'
import { testDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { addProcess, addTasks, deleteAll, rolledBack } from '../fixtures.ts'
import { Model } from '../model.ts'
import { play, type Story } from '../play.ts'
import { anySteps } from '../steps.ts'

const { url, pool } = await testDatabase()

beforeEach(() => deleteAll(pool))

/** Both ways to count, without what does not depend on it. */
async function bothWays(db: Db) {
  const [exact, counters] = [await readStats(db, { exact: true }), await readStats(db, { smallBytes: 0 })]
  expect([exact.counted, counters.counted]).toEqual(['exact', 'counters'])
  return [exact, counters].map(({ tasks, queues, kinds, oldest_pending_seconds }) => {
    return { tasks, queues, kinds, oldest_pending_seconds }
  })
}

/** Every process that ever was writes what it counted and holds. */
async function beatAll({ db, model }: Story, tallies: ReadonlyMap<TaskId, Tally>): Promise<void> {
  const { rows } = await db.query<{ id: TaskId }>('select id from taskproc.processes')
  const running = [...model.rows.values()].filter(({ status }) => status === 'in_progress')
  for (const { id } of rows) {
    const held = running.filter(({ owner }) => owner === id).map(() => ({ queue: 'default', kind: 'noop' }))
    await leaveCounters(db, id, (tallies.get(id) ?? new Tally()).counters(0, 0, held))
  }
}

it('agree with the rows after any story', async () => {
  const seen = { done: 0, error: 0, cancelled: 0, in_progress: 0 }
  const agrees = fc.asyncProperty(anySteps, (steps) =>
    rolledBack(pool, async (db) => {
      const tallies = new Map<TaskId, Tally>()
      const story: Story = {
        db,
        model: new Model(),
        processes: [await addProcess(db), await addProcess(db), await addProcess(db)],
        claims: [],
        onSettled: (claim, settlement, status) => {
          const tally = tallies.get(claim.processId) ?? new Tally()
          tallies.set(claim.processId, tally)
          tally.written(claim, settlement, status, 0)
        },
      }
      for (const step of steps) await play(story, step)
      await beatAll(story, tallies)
      const [exact, counters] = await bothWays(db)
      expect(counters).toEqual(exact)
      for (const status of ['done', 'error', 'cancelled', 'in_progress'] as const)
        seen[status] += exact?.tasks[status] ?? 0
    }),
  )
  await fc.assert(agrees, { numRuns: 80 })
  // Stories in which nothing happens would agree too.
  for (const n of Object.values(seen)) expect(n).toBeGreaterThan(0)
})

it('keep what a process counted when its row is pruned', async () => {
  const old = '2020-01-01T00:00:00Z'
  const kinds = { q: { k: { in_progress: 0, done: 5, error: 2, cancelled: 1 } } }
  const counters = { kinds }
  await addProcess(pool, { state: 'stopped', stopped_at: old, swept_at: old, counters })
  const counted = async () => (await readStats(pool, { smallBytes: 0 })).tasks
  const before = await counted()
  expect(await pruneProcesses(pool, 0, 100)).toBe(1)
  expect(await counted()).toEqual(before)
  expect(before).toMatchObject({ done: 5, error: 2, cancelled: 1 })
})

it('estimate a large backlog within a few percent, and leave a small lane beside it exact', async () => {
  const done = { status: 'done', claimed_by: 1, claimed_at: '2020-01-01', attempts: 1, claim_number: 1 }
  await addTasks(pool, 20_000, { ...done, finished_at: '2020-01-01' })
  await addTasks(pool, 220_000, { kind: 'large' })
  await addTasks(pool, 7, { kind: 'small' })
  const { kinds, tasks } = await readStats(pool, { smallBytes: 0 })
  const pendingOf = (name: string) => kinds.find(({ kind }) => kind === name)?.pending ?? 0
  expect(pendingOf('small')).toBe(7)
  expect(pendingOf('large')).toBeGreaterThan(213_000)
  expect(pendingOf('large')).toBeLessThan(227_000)
  // Rounded, so that nobody takes it for a count.
  expect(pendingOf('large') % 1000).toBe(0)
  expect(tasks.pending).toBe(pendingOf('large') + 7)
})

it('count every row for longer than any other statement may take', async () => {
  await addTasks(pool, 3)
  const impatient = createPool({ url, applicationName: 'impatient', answerTimeoutMs: 300 })
  const lock = await pool.connect()
  try {
    await lock.query('begin; lock table taskproc.tasks')
    const stats = readStats(impatient, { exact: true })
    await eventually('it waits', async () => {
      const { rows } = await pool.query(
        `select from pg_stat_activity where application_name = 'impatient' and wait_event_type = 'Lock'`,
      )
      return rows.length === 1
    })
    // By now one that was sent after it has waited for too long.
    await expect(impatient.query('select count(*) from taskproc.tasks')).rejects.toThrow('timeout')
    await lock.query('commit')
    expect(await stats).toMatchObject({ counted: 'exact', tasks: { pending: 3 } })
  } finally {
    lock.release()
    await impatient.end()
  }
})
