// Settle: the fence. Who does not hold the claim writes nothing, and an outcome that is written already is found.
import { beforeEach, describe, expect, it } from 'vitest'
import { cancel } from '../../src/db/cancel.ts'
import { claim as claimTasks } from '../../src/db/claim.ts'
import { declareDead, rescue } from '../../src/db/rescue.ts'
import { settle } from '../../src/db/settle.ts'
import type { Settlement } from '../../src/task/settlement.ts'
import type { Claim, TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { addClaimed, addProcess, deleteAll, lane, readLogs, readTasks } from './fixtures.ts'

const { pool } = await testDatabase()
let me: TaskId
let held: Claim

const VERBS: Settlement[] = [
  { verb: 'complete', result: '1' },
  { verb: 'retry', delayMs: 0, error: 'e' },
  { verb: 'fail', error: 'e' },
  { verb: 'snooze', delayMs: 0 },
  { verb: 'release' },
  { verb: 'cancel', reason: 'r' },
]

/** As what each of them leaves its task. */
const STATUSES = ['done', 'pending', 'error', 'pending', 'pending', 'cancelled']

beforeEach(async () => {
  await deleteAll(pool)
  me = await addProcess(pool)
  const [claim] = await addClaimed(pool, me, 1, { claim_number: 4 })
  if (claim === undefined) throw new Error('nothing claimed')
  held = claim
})

function send(settlement: Settlement, { claim = held, resent = false } = {}): Promise<TaskId[]> {
  return idsOf(settle(pool, 'me', [{ claim, settlement, tookMs: 1 }], resent))
}

async function idsOf(written: ReturnType<typeof settle>): Promise<TaskId[]> {
  return [...(await written).keys()].toSorted((a, b) => Number(a) - Number(b))
}

/** Sends `settlement` and expects that it changes nothing and is not said to be written. */
async function expectLost(
  settlement: Settlement,
  options: { claim?: Claim; resent?: boolean } = {},
): Promise<void> {
  const before = [await readTasks(pool), await readLogs(pool)]
  expect(await send(settlement, options)).toEqual([])
  expect([await readTasks(pool), await readLogs(pool)]).toEqual(before)
}

describe.each(VERBS)('$verb', (settlement) => {
  it('is lost with an older or a newer claim_number', async () => {
    await expectLost(settlement, { claim: { ...held, claimNumber: held.claimNumber - 1 } })
    await expectLost(settlement, { claim: { ...held, claimNumber: held.claimNumber + 1 } })
  })

  it('is lost in the name of another process', async () => {
    await expectLost(settlement, { claim: { ...held, processId: await addProcess(pool) } })
  })

  it('is lost for a task that is not there', async () => {
    await expectLost(settlement, { claim: { ...held, id: 987_654 } })
  })

  it.each(VERBS)('is lost after $verb', async (first) => {
    await send(first)
    await expectLost(settlement)
  })

  it('is lost when the task was rescued, also when it is sent again', async () => {
    await declareDead(pool, me)
    await rescue(pool, 3, 10)
    await expectLost(settlement)
    await expectLost(settlement, { resent: true })
  })

  it('is lost when the task was claimed again, also when it is sent again', async () => {
    await send({ verb: 'release' })
    await claimTasks(pool, me, 1, [lane()])
    await expectLost(settlement)
    await expectLost(settlement, { resent: true })
  })

  it('finds itself when it is sent again, and writes nothing twice', async () => {
    await send(settlement)
    const before = [await readTasks(pool), await readLogs(pool)]
    expect(await send(settlement, { resent: true })).toEqual([held.id])
    expect([await readTasks(pool), await readLogs(pool)]).toEqual(before)
  })

  it('finds itself when it is sent again, where it cancelled as somebody wanted', async () => {
    await cancel(pool, [held.id], 'somebody')
    await send(settlement)
    expect(await send(settlement, { resent: true })).toEqual([held.id])
  })

  it('is written when it is sent again and was never written', async () => {
    expect(await send(settlement, { resent: true })).toEqual([held.id])
  })
})

it('writes of a batch what holds, answers with that, and leaves out the rest', async () => {
  const claims = await addClaimed(pool, me, 12)
  const batch = claims.map((claim, place) => ({
    claim: place < 6 ? claim : { ...claim, claimNumber: claim.claimNumber + 1 },
    settlement: VERBS[place % 6] ?? { verb: 'release' as const },
    tookMs: 1,
  }))
  expect(await settle(pool, 'me', batch)).toEqual(
    new Map(claims.slice(0, 6).map(({ id }, place) => [id, STATUSES[place]])),
  )
  const left = (await readTasks(pool)).filter((task) => task['status'] === 'in_progress').map(({ id }) => id)
  expect(left).toEqual([held.id, ...claims.slice(6).map(({ id }) => id)])
})

it('says of a batch that is sent again what of it is written, whenever it was', async () => {
  const claims = await addClaimed(pool, me, 3)
  const batch = claims.map((claim) => ({
    claim,
    settlement: VERBS[0] ?? { verb: 'release' as const },
    tookMs: 1,
  }))
  await settle(pool, 'me', batch.slice(0, 1))
  await claimElsewhere(claims[2])
  expect(await idsOf(settle(pool, 'me', batch, true))).toEqual(claims.slice(0, 2).map(({ id }) => id))
})

async function claimElsewhere(claim: Claim | undefined): Promise<void> {
  await pool.query('update taskproc.tasks set claim_number = claim_number + 1 where id = $1', [claim?.id])
}

it('finds an outcome that was written beside one that the database refuses', async () => {
  const [fine, refused] = await addClaimed(pool, me, 2)
  if (fine === undefined || refused === undefined) throw new Error('nothing claimed')
  const completed = { claim: fine, settlement: { verb: 'complete' as const, result: '1' }, tookMs: 1 }
  const snoozed = { verb: 'snooze' as const, delayMs: Number.POSITIVE_INFINITY }
  const batch = [completed, { claim: refused, settlement: snoozed, tookMs: 1 }]
  await expect(settle(pool, 'me', batch)).rejects.toMatchObject({ code: expect.stringMatching(/^2[23]/) })
  expect(await settle(pool, 'me', [completed], true)).toEqual(new Map([[fine.id, 'done']]))
})
