// The look for a rescue: it names each reason there is for one, and no other.
import { beforeEach, expect, it } from 'vitest'
import { declareLost, markSwept, rescue } from '../../src/db/rescue.ts'
import { lookForRescue } from '../../src/db/rescue-look.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { addClaimed, addProcess, deleteAll, rolledBack } from './fixtures.ts'

const { pool } = await testDatabase()
const longAgo = '2020-01-01T00:00:00Z'
let me: TaskId

beforeEach(async () => {
  await deleteAll(pool)
  me = await addProcess(pool)
})

const looked = async () => {
  const { isAnyOver, hasAnyEnded, unswept } = await lookForRescue(pool, me)
  return { isAnyOver, hasAnyEnded, unswept }
}
const NOTHING = { isAnyOver: false, hasAnyEnded: false, unswept: [] }

it('finds none in a table without processes, nor where everybody beats', async () => {
  expect(await looked()).toEqual(NOTHING)
  const other = await addProcess(pool)
  await addClaimed(pool, other, 2)
  await pool.query(`update taskproc.processes set state = 'draining' where id = $1`, [other])
  expect(await looked()).toEqual(NOTHING)
  await deleteAll(pool)
  expect(await lookForRescue(pool, me)).toEqual({ ...NOTHING, nextExpiryMs: null })
})

it.each(['running', 'draining'])('finds one that is %s and stopped beating', async (state) => {
  const other = await addProcess(pool, { state, lease_ms: 1, heartbeat_at: longAgo })
  expect(await looked()).toEqual({ ...NOTHING, isAnyOver: true })
  expect(await declareLost(pool)).toHaveLength(1)
  expect(await looked()).toEqual({ ...NOTHING, hasAnyEnded: true, unswept: [other] })
})

it.each(['lost', 'stopped'])(
  'finds one that is %s for as long as a rescue looks for what it held',
  async (state) => {
    const other = await addProcess(pool)
    await addClaimed(pool, other, 1)
    await pool.query(`update taskproc.processes set state = $2, stopped_at = $3 where id = $1`, [
      other,
      state,
      longAgo,
    ])
    expect(await looked()).toEqual({ ...NOTHING, hasAnyEnded: true, unswept: [other] })
    await markSwept(pool, [other])
    expect(await looked()).toEqual({ ...NOTHING, hasAnyEnded: true })
    const swept = (ago: string) =>
      pool.query(`update taskproc.processes set swept_at = now() - $2::interval where id = $1`, [other, ago])
    await swept('11 minutes')
    expect([await looked(), await rescue(pool, 3, 10)]).toEqual([NOTHING, []])
    await swept('9 minutes')
    expect((await looked()).hasAnyEnded).toBe(true)
    expect(await rescue(pool, 3, 10)).toHaveLength(1)
  },
)

it('says when the next lease can be over, of the others', async () => {
  await rolledBack(pool, async (db) => {
    expect((await lookForRescue(db, me)).nextExpiryMs).toBeNull()
    await addProcess(db, { lease_ms: 30_000 })
    await addProcess(db, { lease_ms: 20_000 })
    await addProcess(db, { lease_ms: 10_000, state: 'stopped', stopped_at: longAgo })
    expect((await lookForRescue(db, me)).nextExpiryMs).toBe(20_000)
  })
})
