// Claim, by many at once: no task twice, none forgotten, nobody waits for anybody.
import { beforeEach, expect, it } from 'vitest'
import { claim } from '../../src/db/claim.ts'
import { createPool, type Pool } from '../../src/db/pool.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'
import { addProcess, addTasks, deleteAll, lane, readTasks, rolledBack } from './fixtures.ts'

const { url, pool } = await testDatabase()
let me: TaskId

beforeEach(async () => {
  await deleteAll(pool)
  me = await addProcess(pool)
})

function poolOf(maxConnections: number): Pool {
  const many = createPool({ url, applicationName: 'test', maxConnections })
  atTestEnd(() => many.end())
  return many
}

async function claimIds(db: Pool, limit: number, lanes = [lane()]): Promise<TaskId[]> {
  return (await claim(db, me, limit, lanes)).claims.map(({ id }) => id)
}

it('leaves to others all that it does not claim: the rest of its lane, and the lanes behind', async () => {
  const first = await addTasks(pool, 5)
  const second = await addTasks(pool, 5, { kind: 'second' })
  const lanes = [lane(), lane({ kind: 'second' })]
  await rolledBack(pool, async (db) => {
    expect((await claim(db, me, 2, lanes)).claims).toHaveLength(2)
    expect(await claimIds(pool, 99, lanes)).toEqual([...first.slice(2), ...second])
  })
})

it('leaves to others all of a later lane but what it claims there', async () => {
  await addTasks(pool, 1)
  const second = await addTasks(pool, 5, { kind: 'second' })
  const lanes = [lane(), lane({ kind: 'second' })]
  await rolledBack(pool, async (db) => {
    expect((await claim(db, me, 3, lanes)).claims).toHaveLength(3)
    expect(await claimIds(pool, 99, lanes)).toEqual(second.slice(2))
  })
})

it('leaves to others what a lane holds beyond its own limit', async () => {
  const first = await addTasks(pool, 5)
  const second = await addTasks(pool, 5, { kind: 'second' })
  await rolledBack(pool, async (db) => {
    const { claims } = await claim(db, me, 9, [lane({ limit: 2 }), lane({ kind: 'second', limit: 1 })])
    expect(claims).toHaveLength(3)
    expect(await claimIds(pool, 99, [lane(), lane({ kind: 'second' })])).toEqual([
      ...first.slice(2),
      ...second.slice(1),
    ])
  })
})

it('locks nothing in a queue that is paused', async () => {
  const ids = await addTasks(pool, 2)
  await pool.query(`insert into taskproc.queues (name, paused_at) values ('default', now())`)
  await rolledBack(pool, async (db) => {
    expect((await claim(db, me, 9, [lane(), lane({ queue: 'other' })])).claims).toEqual([])
    await pool.query('delete from taskproc.queues')
    expect(await claimIds(pool, 9)).toEqual(ids)
  })
})

it('locks nothing for a process that may not claim', async () => {
  const drained = await addProcess(pool, { state: 'draining' })
  const ids = await addTasks(pool, 3)
  await rolledBack(pool, async (db) => {
    await claim(db, drained, 3, [lane()])
    expect(await claimIds(pool, 3)).toEqual(ids)
  })
})

it('passes over what somebody holds, and does not wait', async () => {
  const [a, b, c, d] = await addTasks(pool, 4)
  await rolledBack(pool, async (db) => {
    await db.query('select from taskproc.tasks where id = $1 for update', [a])
    await db.query('update taskproc.tasks set priority = 9 where id = $1', [c])
    expect(await claimIds(pool, 2)).toEqual([b, d])
  })
  expect(await claimIds(pool, 9)).toEqual([a, c])
})

it.each([15, 16, 30])('gives 15 who ask for one task at the same time 15 of %i tasks', async (count) => {
  const many = poolOf(15)
  const ids = await addTasks(pool, count)
  const taken = await Promise.all(Array.from({ length: 15 }, () => claimIds(many, 1)))
  expect(new Set(taken.flat()).size).toBe(15)
  expect(taken.flat()).toHaveLength(15)
  expect(ids).toEqual(expect.arrayContaining(taken.flat()))
})

it('gives each of 5,000 tasks to one of 8 who claim without pause', async () => {
  const many = poolOf(8)
  const ids = await addTasks(pool, 3000)
  ids.push(...(await addTasks(pool, 2000, { priority: 1 })))
  const taken = await drainBy8(many, [lane({ priority: 1 }), lane()])
  expect(taken.sort((a, b) => Number(a) - Number(b))).toEqual(ids)
  const rows = await readTasks(pool)
  expect(rows.filter((row) => row['claim_number'] !== 1 || row['attempts'] !== 1)).toEqual([])
})

it('loses none and doubles none of those that change while they are claimed', async () => {
  const many = poolOf(9)
  const ids = await addTasks(pool, 1500)
  let draining = true
  const touch = async () => {
    while (draining) {
      await many.query(
        `update taskproc.tasks set updated_at = now() where ctid in
           (select ctid from taskproc.tasks where claimable order by run_at, id limit 20 for update skip locked)`,
      )
    }
  }
  const touched = touch()
  const taken = await drainBy8(many, [lane()])
  draining = false
  await touched
  expect(taken.sort((a, b) => Number(a) - Number(b))).toEqual(ids)
})

/** Claims of random sizes by 8 until nothing is left to claim. */
async function drainBy8(many: Pool, lanes = [lane()]): Promise<TaskId[]> {
  const taken: TaskId[] = []
  const drain = async () => {
    for (let isLeft = true; isLeft; ) {
      taken.push(...(await claimIds(many, 1 + Math.floor(Math.random() * 60), lanes)))
      isLeft = (await many.query('select from taskproc.tasks where claimable limit 1')).rows.length > 0
    }
  }
  await Promise.all(Array.from({ length: 8 }, drain))
  return taken
}
