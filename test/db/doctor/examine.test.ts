// Around each check: it can only read, it has a limit, and whatever goes wrong in it is said and not thrown.
import { expect, it } from 'vitest'
import { runCheck } from '../../../src/db/doctor/examine.ts'
import type { Check } from '../../../src/db/doctor/finding.ts'
import { testDatabase } from '../../support/database.ts'
import { addTask, readTasks } from '../fixtures.ts'

const { url, pool } = await testDatabase()

/** What is found of a check that sends this. */
async function findingsOf(statement: string) {
  const examine: Check['examine'] = async (db) => {
    await db.query(statement)
    return { findings: [], note: 'looked' }
  }
  const check: Check = { name: 'odd', needsSchema: false, examine }
  return (await runCheck(check, { pool, listenUrl: url, hasListenUrl: false })).findings
}

it('a check can change nothing', async () => {
  await addTask(pool)
  expect(await findingsOf('delete from taskproc.tasks')).toMatchObject([
    {
      name: 'could not look',
      severity: 'info',
      evidence: 'odd: cannot execute DELETE in a read-only transaction',
    },
  ])
  expect(await readTasks(pool)).toHaveLength(1)
})

it('a statement that takes long is given up', async () => {
  expect(await findingsOf('select pg_sleep(30)')).toMatchObject([
    {
      evidence: 'odd: canceling statement due to statement timeout',
      fix: expect.stringContaining('longer than 3 s'),
    },
  ])
})

it('a table that somebody has locked is not waited for', async () => {
  const client = await pool.connect()
  await client.query('begin; lock table taskproc.tasks')
  expect(await findingsOf('select from taskproc.tasks')).toMatchObject([
    { evidence: 'odd: canceling statement due to lock timeout' },
  ])
  await client.query('rollback')
  client.release()
})

it('a check that fails leaves no broken connection behind', async () => {
  await findingsOf('select 1 / 0')
  expect(await findingsOf('select 1')).toEqual([])
})
