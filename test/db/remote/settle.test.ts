// The settlement of a remote worker around a rescue, and what it adds to the tallies, where no API races with the test.
import { beforeEach, expect, it } from 'vitest'
import { claimRemotely } from '../../../src/db/remote/claim.ts'
import { joinRemote } from '../../../src/db/remote/presence.ts'
import { settleRemotely } from '../../../src/db/remote/settle.ts'
import type { ClaimRef } from '../../../src/db/remote/standing.ts'
import { declareDead, rescue } from '../../../src/db/rescue.ts'
import type { Settlement } from '../../../src/task/settlement.ts'
import { testDatabase } from '../../support/database.ts'
import { addTask, deleteAll, readTask } from '../fixtures.ts'

const { pool } = await testDatabase()
let ref: ClaimRef

beforeEach(async () => {
  await deleteAll(pool)
  await pool.query('delete from taskproc.tallies')
  const name = 'remote'
  const remote = { name, host: 'there', queues: null, kinds: ['noop'], workers: 1, leaseMs: 60_000 }
  const joined = await joinRemote(pool, remote)
  if (!('id' in joined)) throw new Error('the name is taken')
  await addTask(pool)
  const request = { queues: null, kinds: ['noop'], limit: 1, crashLimit: 3, isFresh: true }
  const claimed = await claimRemotely(pool, { id: joined.id, name }, request)
  const [task] = claimed?.tasks ?? []
  if (task === undefined) throw new Error('nothing claimed')
  ref = { id: task.id, claimNumber: task.claim_number, processId: joined.id }
})

function settle(settlement: Settlement): ReturnType<typeof settleRemotely> {
  return settleRemotely(pool, ref, () => settlement)
}

const RETRY: Settlement = { verb: 'retry', delayMs: 0, error: 'no' }

it('is written while the process is declared lost and nobody has rescued the task', async () => {
  await declareDead(pool, ref.processId)
  expect(await settle({ verb: 'complete', result: '1' })).toMatchObject({
    type: 'written',
    task: { status: 'done' },
  })
  expect(await rescue(pool, 3, 10)).toEqual([])
})

it('does not take a rescue for its own retry, which leaves the row alike', async () => {
  await declareDead(pool, ref.processId)
  await rescue(pool, 3, 10)
  expect(await readTask(pool, ref.id)).toMatchObject({ status: 'pending', claim_number: ref.claimNumber })
  expect(await settle(RETRY)).toMatchObject({ type: 'lost', loss: { reason: 'rescued' } })
  expect(await settle({ verb: 'release' })).toMatchObject({ type: 'lost', loss: { reason: 'rescued' } })
})

it('finds its own retry again, and not that of another error', async () => {
  expect(await settle(RETRY)).toMatchObject({ type: 'written' })
  expect(await settle({ ...RETRY, delayMs: 7 })).toMatchObject({ type: 'repeated' })
  expect(await settle({ ...RETRY, error: 'another' })).toMatchObject({ type: 'lost' })
})

it.each<[Settlement, Record<string, number>[]]>([
  [{ verb: 'complete', result: null }, [{ done: 1, error: 0, cancelled: 0 }]],
  [{ verb: 'fail', error: 'no' }, [{ done: 0, error: 1, cancelled: 0 }]],
  [RETRY, []],
  [{ verb: 'snooze', delayMs: 5 }, []],
  [{ verb: 'release' }, []],
])('adds what %j finished to the tallies, once', async (settlement, tallies) => {
  await settle(settlement)
  await settle(settlement)
  const { rows } = await pool.query('select done, error, cancelled from taskproc.tallies')
  expect(rows).toEqual(tallies)
})
