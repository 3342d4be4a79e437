// Claim: in which order it takes tasks, and from which position on.
import { beforeEach, expect, it } from 'vitest'
import { claim } from '../../src/db/claim.ts'
import { createClient } from '../../src/db/pool.ts'
import { FROM_THE_FRONT, laneKey } from '../../src/task/lane.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'
import { addProcess, addTask, addTasks, deleteAll, lane } from './fixtures.ts'

const { url, pool } = await testDatabase()
let me: TaskId

beforeEach(async () => {
  await deleteAll(pool)
  me = await addProcess(pool)
})

async function claimIds(limit: number, lanes = [lane()]): Promise<TaskId[]> {
  return (await claim(pool, me, limit, lanes)).claims.map(({ id }) => id)
}

/** Due so many microseconds after one and the same moment. */
function dueAt(microseconds: number): { run_at: string } {
  return { run_at: `2020-01-01T00:00:00.${String(microseconds).padStart(6, '0')}Z` }
}

it.each([1, 2, 9])(
  'takes a lane, %i at a time, by run_at to the microsecond, and by id where that is the same',
  async (limit) => {
    const added: TaskId[] = []
    for (const at of [3, 1, 2, 1, 0]) added.push(await addTask(pool, dueAt(at)))
    const [third, second, later, alsoSecond, first] = added
    const taken: TaskId[] = []
    for (let round = 0; round < 5; round++) taken.push(...(await claimIds(limit)))
    expect(taken).toEqual([first, second, alsoSecond, later, third])
  },
)

it('takes the lanes in the order that it is given, and a later one only for what is left', async () => {
  const [high] = await addTasks(pool, 1, { priority: 5 })
  const low = await addTasks(pool, 3, dueAt(0))
  const other = await addTasks(pool, 2, { queue: 'other' })
  const lanes = [lane({ priority: 5 }), lane({ queue: 'other' }), lane()]
  expect(await claimIds(4, lanes)).toEqual([high, ...other, low[0]])
  expect(await claimIds(9, lanes)).toEqual(low.slice(1))
})

it('takes no more from a lane than the lane allows, and the rest from those behind it', async () => {
  const high = await addTasks(pool, 3, { priority: 5 })
  const low = await addTasks(pool, 3)
  const lanes = [lane({ priority: 5, limit: 1 }), lane({ limit: 9 }), lane({ kind: 'none', limit: 0 })]
  expect(await claimIds(3, lanes)).toEqual([high[0], ...low.slice(0, 2)])
  expect(await claimIds(9, [lane({ priority: 5, limit: 0 }), lane({ limit: 9 })])).toEqual(low.slice(2))
})

it('starts behind a position: after the same run_at by id, and after an earlier one by microseconds', async () => {
  const [a, b, c] = await addTasks(pool, 3, dueAt(1))
  const later = await addTask(pool, dueAt(2))
  const earlier = await addTask(pool, dueAt(0))
  const behind = lane({}, { afterRunAtS: Date.UTC(2020, 0, 1) / 1000 + 0.000001, afterId: a ?? 0 })
  expect(await claimIds(9, [behind])).toEqual([b, c, later])
  expect(await claimIds(9, [behind])).toEqual([])
  expect(await claimIds(9)).toEqual([earlier, a])
})

it('answers with the position of the last task of each lane that gave something', async () => {
  await addTasks(pool, 2, dueAt(7))
  const [last] = (await addTasks(pool, 1, dueAt(123_457))).slice(-1)
  const high = await addTask(pool, { ...dueAt(9), priority: 1 })
  const lanes = [lane({ priority: 1 }), lane(), lane({ queue: 'empty' })]
  const { positions } = await claim(pool, me, 9, lanes)
  expect([...positions.keys()]).toEqual([laneKey(lanes[0] ?? lane()), laneKey(lane())])
  const late = await addTask(pool, dueAt(123_458))
  await addTask(pool, dueAt(123_456))
  await pool.query(
    `update taskproc.tasks set status = 'pending', claimed_by = null, claimed_at = null where id = any ($1)`,
    [[last, high]],
  )
  const next = lanes.map((each) => ({ ...each, ...(positions.get(laneKey(each)) ?? FROM_THE_FRONT) }))
  expect(await claimIds(9, next)).toEqual([late])
})

it('finds its position again whatever the settings of the session are', async () => {
  const client = createClient({ url, applicationName: 'test' })
  atTestEnd(() => client.end())
  await client.connect()
  await client.query(`set timezone = 'Asia/Kolkata'; set datestyle = 'SQL, DMY'`)
  const ids = await addTasks(pool, 4)
  const first = await claim(client, me, 2, [lane()])
  const second = await claim(client, me, 9, [lane({}, first.positions.get(laneKey(lane())))])
  expect(second.claims.map(({ id }) => id)).toEqual(ids.slice(2))
})

it('takes names as they are, and ids that are too large for a number', async () => {
  const name = { queue: `a"b\\c{},'null' `, kind: 'NULL' }
  await pool.query(`alter sequence taskproc.tasks_id_seq restart with 9007199254740993`)
  await addTasks(pool, 2, name)
  await pool.query(`alter sequence taskproc.tasks_id_seq restart with 1000000`)
  const first = await claim(pool, me, 1, [lane(name)])
  expect(first.claims.map(({ id }) => id)).toEqual(['9007199254740993'])
  const next = lane(name, first.positions.get(laneKey(lane(name))))
  expect(await claimIds(9, [next])).toEqual(['9007199254740994'])
})
