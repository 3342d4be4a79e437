// Rescue: who stopped beating is declared lost, and what it held goes back, for a crash and not for an attempt.
import { beforeEach, expect, it } from 'vitest'
import { cancel } from '../../src/db/cancel.ts'
import { claim } from '../../src/db/claim.ts'
import * as lost from '../../src/db/rescue.ts'
import { lookForRescue } from '../../src/db/rescue-look.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import {
  addClaimed,
  addProcess,
  changes,
  deleteAll,
  lane,
  nowPlus,
  readLogs,
  readTask,
  readTasks,
  rolledBack,
} from './fixtures.ts'

const { pool } = await testDatabase()
const { declareDead, declareLost, markSwept, rescue } = lost
const longAgo = '2020-01-01T00:00:00Z'
let me: TaskId

beforeEach(async () => {
  await deleteAll(pool)
  me = await addProcess(pool, { name: 'me' })
})

it('declares those lost whose lease is over, once, and nobody else', async () => {
  const silent = await addProcess(pool, { lease_ms: 1, heartbeat_at: longAgo })
  const draining = await addProcess(pool, { lease_ms: 1, heartbeat_at: longAgo, state: 'draining' })
  await addProcess(pool, { lease_ms: 1, heartbeat_at: longAgo, state: 'stopped', stopped_at: longAgo })
  const answers = await Promise.all([declareLost(pool), declareLost(pool), declareLost(pool)])
  expect(
    answers
      .flat()
      .map(({ id }) => id)
      .sort(),
  ).toEqual([silent, draining])
})

it('counts a lease from the start of the server at the earliest', async (context) => {
  const { rows } = await pool.query(
    `select extract(epoch from now() - pg_postmaster_start_time())::float8 * 1000 as up_ms`,
  )
  const leaseMs = Math.round(rows[0].up_ms) + 3_600_000
  context.skip(leaseMs > 2_147_483_647, 'the server is up for longer than any lease')
  await addProcess(pool, { lease_ms: leaseMs, heartbeat_at: longAgo })
  expect(await declareLost(pool)).toEqual([])
})

it('says how it is known that a process is dead: by its lease, or before that by who has its name now', async () => {
  const said = async () => {
    await rescue(pool, 3, 10)
    return (await readLogs(pool)).map((log) => Object(log).message)
  }
  const silent = await addProcess(pool, { name: 'silent' })
  await addClaimed(pool, silent, 1)
  await addClaimed(pool, me, 1)
  await declareDead(pool, me)
  expect(await said()).toEqual(['its process me ended without a goodbye (crash 1 of 3)'])
  await pool.query(
    `update taskproc.processes set heartbeat_at = now() - interval '1 hour', lease_ms = 1 where id = $1`,
    [silent],
  )
  await declareLost(pool)
  expect((await said()).at(-1)).toBe('its process silent stopped beating (crash 1 of 3)')
})

it('gives back what a dead process held: a crash more, an attempt less, and a line', async () => {
  await rolledBack(pool, async (db) => {
    const [held] = await addClaimed(db, me, 1, { attempts: 1, claim_number: 4, error: 'before' })
    const [other] = await addClaimed(db, await addProcess(db), 1)
    await db.query(`update taskproc.tasks set updated_at = '2020-01-01'`)
    const before = await readTask(db, held?.id ?? 0)
    expect(await rescue(db, 3, 10)).toEqual([])
    await declareDead(db, me)
    expect(await rescue(db, 3, 10)).toMatchObject([
      { id: held?.id, process: 'me', status: 'pending', crashes: 1 },
    ])
    const free = { status: 'pending', claimable: true, claimed_by: null, claimed_at: null }
    expect(changes(before, await readTask(db, held?.id ?? 0))).toEqual({
      ...{ ...free, attempts: 1, crashes: 1, updated_at: await nowPlus(db) },
    })
    expect(await readTask(db, other?.id ?? 0)).toMatchObject({ status: 'in_progress' })
    expect(await readLogs(db)).toMatchObject([
      { task_id: held?.id, attempt: 2, event: 'rescued', level: 'warn' },
    ])
  })
})

it('quarantines at the crash limit, and cancels what somebody wants cancelled', async () => {
  const [poison] = await addClaimed(pool, me, 1, { crashes: 1 })
  const [unwanted] = await addClaimed(pool, me, 1)
  await cancel(pool, [unwanted?.id ?? 0], 'somebody')
  await declareDead(pool, me)
  expect((await rescue(pool, 2, 10)).map(({ status }) => status).sort()).toEqual(['cancelled', 'error'])
  expect(await readTask(pool, poison?.id ?? 0)).toMatchObject({
    ...{ status: 'error', crashes: 2, attempts: 0, claimed_by: me },
    error: 'quarantined: 2 processes died while they held this task, the last one was me',
  })
  expect(await readTask(pool, unwanted?.id ?? 0)).toMatchObject({ status: 'cancelled', error: null })
})

it('gives back in portions, and by several at once each task once', async () => {
  await addClaimed(pool, me, 400)
  await declareDead(pool, me)
  expect(await rescue(pool, 3, 100)).toHaveLength(100)
  const rescued = await Promise.all([rescue(pool, 3, 300), rescue(pool, 3, 300), rescue(pool, 3, 300)])
  const rest = await rescue(pool, 3, 300)
  expect(new Set([...rescued.flat(), ...rest].map(({ id }) => id)).size).toBe(300)
  expect(
    (await readTasks(pool)).filter((task) => task['status'] !== 'pending' || task['crashes'] !== 1),
  ).toEqual([])
})

it('finds what was left behind however long ago, until it was searched', async () => {
  const [held] = await addClaimed(pool, me, 1)
  await pool.query(
    `update taskproc.processes set state = 'lost', stopped_at = now() - interval '1 day' where id = $1`,
    [me],
  )
  expect((await lookForRescue(pool, 0)).unswept).toEqual([me])
  expect(await rescue(pool, 3, 10)).toMatchObject([{ id: held?.id }])
  await markSwept(pool, [me])
  expect((await lookForRescue(pool, 0)).unswept).toEqual([])
})

it('finds a claim that came late, after the process ended', async () => {
  for (const state of ['lost', 'stopped']) {
    const other = await addProcess(pool)
    const [late] = await addClaimed(pool, other, 1)
    await pool.query(`update taskproc.processes set state = $2, stopped_at = now() where id = $1`, [
      other,
      state,
    ])
    await markSwept(pool, [other])
    expect(await rescue(pool, 3, 10)).toMatchObject([{ id: late?.id, status: 'pending' }])
    await claim(pool, me, 1, [lane()])
  }
})
