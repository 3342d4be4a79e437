// POST /tasks/{id}/complete, fail, snooze and release: what they write, and the fence in front of it.
import { beforeEach, describe, expect, it } from 'vitest'
import { cancel } from '../../src/db/cancel.ts'
import { declareDead, rescue } from '../../src/db/rescue.ts'
import { retry } from '../../src/db/retry.ts'
import { expectSound, history, row, rows } from '../flow/table.ts'
import { testDatabase } from '../support/database.ts'
import { startApi } from './api.ts'
import { type ClaimedTask, held, type Verb, type Worker, worker } from './remote-worker.ts'

const { url, pool } = await testDatabase()
const api = await startApi(url)
let me: Worker
let task: ClaimedTask

const SETTLEMENTS: [Verb, Record<string, unknown>][] = [
  ['complete', { result: { words: 8 } }],
  ['fail', { error: 'no' }],
  ['fail', { error: 'never', permanent: true }],
  ['snooze', { delay: 60 }],
  ['release', {}],
]

beforeEach(async () => {
  await pool.query('delete from taskproc.tasks; delete from taskproc.task_logs; delete from taskproc.tallies')
  me = worker(api)
  task = await held(pool, me)
})

async function tallies(): Promise<unknown[]> {
  const { rows: found } = await pool.query('select * from taskproc.tallies')
  return found
}

it('completes with a result, and counts it', async () => {
  const answer = await me.settle('complete', task, { result: { words: [8, null] } })
  expect(answer).toMatchObject({ status: 200, body: { id: task.id, status: 'done', attempts: 1 } })
  expect(await row(pool, task.id)).toMatchObject({
    status: 'done',
    result: { words: [8, null] },
    claimed_by: me.processId,
  })
  expect(await tallies()).toEqual([{ queue: 'default', kind: 'remote', done: 1, error: 0, cancelled: 0 }])
  await expectSound(pool)
})

it('completes without a result', async () => {
  expect(await me.settle('complete', task)).toMatchObject({ status: 200 })
  expect(await row(pool, task.id)).toMatchObject({ status: 'done', result: null })
})

it('fails: pending again while an attempt is left, then error, and counts the end only', async () => {
  const first = await me.settle('fail', task, { error: 'no\u0000pe' })
  expect(first).toMatchObject({ status: 200, body: { status: 'pending', attempts: 1 } })
  expect(await row(pool, task.id)).toMatchObject({ status: 'pending', error: 'no\uFFFDpe' })
  expect(await history(pool, task.id)).toMatchObject([{ event: 'failed' }])
  expect(await tallies()).toEqual([])
  await pool.query('update taskproc.tasks set run_at = now(), max_attempts = 2')
  const [again] = (await me.claim()).tasks
  if (again === undefined) throw new Error('not claimed')
  expect(again).toMatchObject({ attempts: 2, claim_number: 2 })
  expect(await me.settle('fail', again, { error: 'no again' })).toMatchObject({ body: { status: 'error' } })
  expect(await tallies()).toMatchObject([{ done: 0, error: 1 }])
  await expectSound(pool)
})

it('fails for good, where the worker says so', async () => {
  const answer = await me.settle('fail', task, { error: 'never', permanent: true })
  expect(answer).toMatchObject({ body: { status: 'error', attempts: 1 } })
  expect(await row(pool, task.id)).toMatchObject({ error: 'never' })
})

it('snoozes and releases at no cost', async () => {
  const snoozed = await me.settle('snooze', task, { delay: '10m' })
  expect(snoozed).toMatchObject({ body: { status: 'pending', attempts: 0 } })
  const { rows: due } = await pool.query(
    `select run_at between now() + interval '9 minutes' and now() + interval '10 minutes' as ok from taskproc.tasks`,
  )
  expect(due).toEqual([{ ok: true }])
  const other = await held(pool, me)
  const released = await me.settle('release', other)
  expect(released).toMatchObject({ body: { status: 'pending', attempts: 0 } })
  expect((await me.claim()).tasks).toMatchObject([{ id: other.id, claim_number: 2, attempts: 1 }])
  await expectSound(pool)
})

it('cancels what an operator wanted cancelled, and counts it', async () => {
  await cancel(pool, [task.id], 'ada')
  expect(await me.settle('release', task)).toMatchObject({ body: { status: 'cancelled' } })
  expect(await me.settle('release', task)).toMatchObject({ status: 200, body: { status: 'cancelled' } })
  expect(await tallies()).toMatchObject([{ cancelled: 1 }])
})

describe.each(SETTLEMENTS)('%s %j', (verb, body) => {
  /** Nothing is written, and the answer says why. */
  async function expectLost(who: Worker, claimed: ClaimedTask, why: RegExp): Promise<void> {
    const before = [await rows(pool), await history(pool, task.id), await tallies()]
    const answer = await who.settle(verb, claimed, body)
    expect(answer).toMatchObject({
      status: 409,
      type: expect.stringContaining('application/problem+json'),
      body: { detail: expect.stringMatching(why) },
    })
    expect([await rows(pool), await history(pool, task.id), await tallies()]).toEqual(before)
  }

  it('succeeds again when it is sent again, and writes nothing more', async () => {
    const first = await me.settle(verb, task, body)
    expect(first.status).toBe(200)
    const after = [await rows(pool), await history(pool, task.id), await tallies()]
    const second = await me.settle(verb, task, body)
    expect(second).toMatchObject({ status: 200, body: first.body })
    expect([await rows(pool), await history(pool, task.id), await tallies()]).toEqual(after)
  })

  it('is refused with an older or a newer claim_number', async () => {
    await expectLost(me, { ...task, claim_number: task.claim_number + 1 }, /has no claim 2/)
    await me.settle('release', task)
    const [again] = (await me.claim()).tasks
    expect(again?.claim_number).toBe(2)
    await expectLost(me, task, /claimed again since by remote-\d+: its claim_number is 2/)
  })

  it('is refused in the name of another worker, of nobody, and of a process that is no remote worker', async () => {
    const other = worker(api)
    await other.claim()
    await expectLost(other, task, new RegExp(`held by ${me.name}`))
    const nobody = { ...other, settle: settleAs(987_654) }
    await expectLost(nobody, task, /no remote worker has the process_id 987654/)
    await pool.query('update taskproc.processes set pid = 7 where id = $1', [me.processId])
    await expectLost(me, task, /no remote worker/)
  })

  it('is refused when the task was rescued', async () => {
    if (me.processId !== undefined) await declareDead(pool, me.processId)
    await rescue(pool, 3, 10)
    await expectLost(me, task, new RegExp(`rescued: its process ${me.name} was declared lost`))
  })

  it('is refused when an operator sent the task round again', async () => {
    await me.settle('fail', task, { error: 'first', permanent: true })
    await retry(pool, [task.id], 'ada')
    await expectLost(me, task, /pending again: it was retried/)
  })

  it('is refused when the task is finished otherwise', async () => {
    if (verb === 'complete') await me.settle('fail', task, { error: 'x', permanent: true })
    else await me.settle('complete', task)
    await expectLost(me, task, /is (done|error) already by remote-/)
  })

  it('knows nothing of a task that is not there', async () => {
    expect(await me.settle(verb, { ...task, id: 987_654 }, body)).toMatchObject({ status: 404 })
  })

  function settleAs(processId: number): Worker['settle'] {
    return (_verb, claimed, given) =>
      api.call('POST', `/tasks/${claimed.id}/${verb}`, {
        body: { process_id: processId, claim_number: claimed.claim_number, ...given },
      })
  }
})

it('is no repetition to complete with another result, or to fail with another error', async () => {
  await me.settle('complete', task, { result: 1 })
  expect(await me.settle('complete', task, { result: 2 })).toMatchObject({ status: 409 })
  const other = await held(pool, me)
  await me.settle('fail', other, { error: 'one' })
  expect(await me.settle('fail', other, { error: 'two' })).toMatchObject({ status: 409 })
})

it.each<[Verb, Record<string, unknown>, string[]]>([
  ['complete', { claim_number: 0, process_id: 0 }, ['claim_number', 'process_id']],
  ['complete', { claim_number: undefined, process_id: undefined }, ['claim_number', 'process_id']],
  ['complete', { claim_number: '1', results: 1 }, ['claim_number', 'results']],
  ['complete', { result: 'a\u0000b' }, ['result']],
  ['complete', { result: 'x'.repeat(1024 * 1024) }, ['result']],
  ['fail', {}, ['error']],
  ['fail', { error: '', permanent: 'yes' }, ['error', 'permanent']],
  ['snooze', {}, ['delay']],
  ['snooze', { delay: -1 }, ['delay']],
  ['snooze', { delay: '101y' }, ['delay']],
  ['snooze', { delay: 1e300 }, ['delay']],
  ['release', { why: 'x' }, ['why']],
])('refuses %s %j, naming each field', async (verb, body, fields) => {
  const answer = await me.settle(verb, task, body)
  expect(answer).toMatchObject({ status: 400 })
  const { errors } = answer.body as { errors: { field: string }[] }
  expect(errors.map(({ field }) => field).sort()).toEqual(fields)
  expect(await row(pool, task.id)).toMatchObject({ status: 'in_progress' })
})

it('lets one of many outcomes in, when they come at once', async () => {
  const answers = await Promise.all([
    ...Array.from({ length: 4 }, (_, index) => me.settle('complete', task, { result: index })),
    ...Array.from({ length: 4 }, (_, index) => me.settle('fail', task, { error: `no ${index}` })),
    me.settle('release', task),
  ])
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(8)
  await expectSound(pool)
})
