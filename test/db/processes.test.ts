// Processes: one row for each incarnation, and a name that only one living process has.
import { beforeEach, expect, it } from 'vitest'
import { beat, leaveCounters } from '../../src/db/beat.ts'
import type { Db } from '../../src/db/db.ts'
import * as processes from '../../src/db/processes.ts'
import { showUp } from '../../src/db/remote/presence.ts'
import { rescue } from '../../src/db/rescue.ts'
import { fallAsleep } from '../../src/db/sleepers.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import {
  addClaimed,
  addProcess,
  addTask,
  counted,
  deleteAll,
  nowPlus,
  readTask,
  rolledBack,
} from './fixtures.ts'

const { register, markDraining, sayGoodbye, findNamesake } = processes
const { pool } = await testDatabase()
const ended = { stopped_at: '2020-01-01T00:00:00Z' }
const counters = counted({ settled: [3], wait_ms: { '8': 1 } })
const doing = [{ id: 7, kind: 'mail', worker: 2, since_us: 1_577_836_800_123_456 }]
const anyBeat = { running: 2, waiting: 3, claimsSinceUs: 1_577_836_800_123_457, counters, doing }
const identity: processes.NewProcess = {
  ...{ name: 'n', host: 'h', pid: 7, pidProof: 'proof', version: '1.2.3', workers: 5, leaseMs: 15_000.4 },
  ...{ queues: ['a"b', 'c'], kinds: ['mail'] },
}

beforeEach(() => deleteAll(pool))

async function rowOf(id: TaskId): Promise<Record<string, unknown>> {
  const { rows } = await pool.query<{ row: Record<string, unknown> }>(
    'select to_jsonb(p) as row from taskproc.processes p where id = $1',
    [id],
  )
  return rows[0]?.row ?? {}
}

/** Whether these columns hold the time that the program knows as microseconds. */
async function isTime(us: number | null, columns: string[]): Promise<boolean> {
  const conditions = columns.map(
    (column) => `${column} = '1970-01-01Z'::timestamptz + $1 * interval '1 microsecond'`,
  )
  const { rows } = await pool.query(`select ${conditions.join(' and ')} as same from taskproc.processes`, [
    us,
  ])
  return rows[0].same
}

async function registered(): Promise<processes.Joined> {
  const answer = await register(pool, identity)
  if (answer === null) throw new Error('not registered')
  return answer
}

it('registers with all that a process tells of itself, and answers with the clock of the database', async () => {
  const { id, atUs } = await registered()
  expect(await rowOf(id)).toMatchObject({
    ...{ name: 'n', host: 'h', pid: 7, pid_proof: 'proof', version: '1.2.3', workers: 5, lease_ms: 15_000 },
    ...{ queues: ['a"b', 'c'], kinds: ['mail'], state: 'running', stopped_at: null },
  })
  expect(await isTime(atUs, ['started_at', 'heartbeat_at', 'claims_since'])).toBe(true)
})

it('registers a name once, and again when its bearer has ended', async () => {
  const { id } = await registered()
  expect(await register(pool, identity)).toBeNull()
  await markDraining(pool, id)
  expect(await register(pool, identity)).toBeNull()
  await sayGoodbye(pool, id, counters)
  expect((await registered()).id).not.toBe(id)
})

it('lets one of many who ask at once have the name', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => register(pool, identity)))
  expect(answers.filter((answer) => answer !== null)).toHaveLength(1)
})

it('beats: renews the lease, says what the process does, and answers with the clock of the database', async () => {
  const { id } = await registered()
  await pool.query(`update taskproc.processes set heartbeat_at = '2020-01-01'`)
  const atUs = await beat(pool, id, anyBeat)
  expect(await rowOf(id)).toMatchObject({ running: 2, waiting: 3, counters, doing })
  expect(await isTime(atUs, ['heartbeat_at'])).toBe(true)
  await markDraining(pool, id)
  expect(await beat(pool, id, anyBeat)).not.toBeNull()
})

it('keeps to the microsecond since when something may be in hand', async () => {
  const { id, atUs } = await registered()
  for (const claimsSinceUs of [anyBeat.claimsSinceUs, atUs, atUs + 1, 4_102_444_800_999_999]) {
    await beat(pool, id, { ...anyBeat, claimsSinceUs })
    expect(await isTime(claimsSinceUs, ['claims_since'])).toBe(true)
  }
})

it('answers null to one that ended or was declared lost, and leaves its row alone', async () => {
  for (const state of ['stopped', 'lost']) {
    const id = await addProcess(pool, { state, ...ended })
    const before = await rowOf(id)
    expect(await beat(pool, id, anyBeat)).toBeNull()
    await markDraining(pool, id)
    expect(await rowOf(id)).toEqual(before)
  }
  expect(await beat(pool, 987_654, anyBeat)).toBeNull()
})

it('says goodbye: stopped, with its last counters, and nobody wakes it any more', async () => {
  const { id } = await registered()
  await fallAsleep(pool, id, null, 1000)
  await fallAsleep(pool, await addProcess(pool), null, 1000)
  await beat(pool, id, anyBeat)
  await sayGoodbye(pool, id, counters)
  const last = {
    ...{ state: 'stopped', stopped_at: expect.any(String), running: 0, waiting: 0, counters, doing: [] },
  }
  expect(await rowOf(id)).toMatchObject(last)
  const { rows } = await pool.query('select process_id = $1 as mine from taskproc.sleepers', [id])
  expect(rows).toEqual([{ mine: false }])
})

it('tells what it counted also where others declared it lost before it could say goodbye', async () => {
  const id = await addProcess(pool, { state: 'lost', ...ended })
  const before = await rowOf(id)
  await sayGoodbye(pool, id, counters)
  expect(await rowOf(id)).toEqual({ ...before, counters })
  const other = counted({ settled: [4] })
  await leaveCounters(pool, id, other)
  expect(await rowOf(id)).toEqual({ ...before, counters: other })
})

it('leaves nothing in progress behind when it says goodbye', async () => {
  const { id } = await registered()
  const [claim] = await addClaimed(pool, id, 1)
  const [other] = await addClaimed(pool, await addProcess(pool), 1)
  await sayGoodbye(pool, id, counters)
  expect(await readTask(pool, claim?.id ?? 0)).toMatchObject({ status: 'pending', attempts: 0, crashes: 0 })
  expect(await readTask(pool, other?.id ?? 0)).toMatchObject({ status: 'in_progress' })
})

it('that held nothing and waited for no answer is never searched again', async () => {
  const searched = async (isAnswered: boolean) => {
    const { id } = await registered()
    await addClaimed(pool, id, 1)
    await sayGoodbye(pool, id, counters, isAnswered)
    // What a search would find if it looked.
    const claimed_at = await nowPlus(pool, -1_000)
    const claimed = { status: 'in_progress', claimed_by: id, claimed_at, attempts: 1, claim_number: 1 }
    const late = await addTask(pool, claimed)
    const rescued = (await rescue(pool, 3, 10)).map(({ id: found }) => found)
    await deleteAll(pool)
    return rescued.includes(late)
  }
  expect([await searched(false), await searched(true)]).toEqual([true, false])
})

it('finds the living process of a name, and how long its lease still is', async () => {
  expect(await findNamesake(pool, 'n')).toBeNull()
  await rolledBack(pool, async (db) => {
    await addProcess(db, { name: 'n', state: 'lost', ...ended })
    expect(await findNamesake(db, 'n')).toBeNull()
    const id = await addProcess(db, { name: 'n', pid: 7, pid_proof: 'proof', lease_ms: 15_000 })
    const alive = { id, pid: 7, pid_proof: 'proof' }
    expect(await findNamesake(db, 'n')).toMatchObject({ ...alive, lease_left_ms: 15_000 })
    await db.query(`update taskproc.processes set heartbeat_at = now() + interval '1 minute' where id = $1`, [
      id,
    ])
    expect(await findNamesake(db, 'n')).toMatchObject({ ...alive, lease_left_ms: 75_000 })
  })
})

it('takes a beat that comes after a newer one for no step back, but a time that is still to come for a clock set back', async () => {
  const id = await addProcess(pool, { name: 'remote', pid: 0 })
  const late = [(db: Db) => beat(db, id, anyBeat), (db: Db) => showUp(db, { id, name: 'remote' }, true)]
  for (const beatLate of late)
    await rolledBack(pool, async (db) => {
      await db.query('select now()')
      await beat(pool, id, anyBeat)
      const newer = await rowOf(id)
      await beatLate(db)
      const { rows } = await db.query('select to_jsonb(heartbeat_at) as at from taskproc.processes')
      expect(rows).toEqual([{ at: newer['heartbeat_at'] }])
    })
  for (const beatNow of late) {
    await pool.query(`update taskproc.processes set heartbeat_at = now() + interval '1 hour'`)
    await beatNow(pool)
    const { rows } = await pool.query('select heartbeat_at <= now() as is_past from taskproc.processes')
    expect(rows).toEqual([{ is_past: true }])
  }
})
