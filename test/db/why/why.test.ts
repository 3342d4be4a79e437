// Why a task is not running: for each answer the condition is made for real, and asked about.
import { beforeEach, describe, expect, it } from 'vitest'
import { cancel } from '../../../src/db/cancel.ts'
import { claim } from '../../../src/db/claim.ts'
import { createClient } from '../../../src/db/pool.ts'
import { register } from '../../../src/db/processes.ts'
import { pause, resume } from '../../../src/db/queues.ts'
import { declareDead, rescue } from '../../../src/db/rescue.ts'
import { settle } from '../../../src/db/settle.ts'
import { fallAsleep } from '../../../src/db/sleepers.ts'
import { readWhyFacts } from '../../../src/db/why/why.ts'
import { outcomeOfError } from '../../../src/task/outcome.ts'
import type { Settlement } from '../../../src/task/settlement.ts'
import type { TaskId } from '../../../src/task/task.ts'
import { type FullWhy, why } from '../../../src/task/why/why.ts'
import { testDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { addClaimed, addProcess, addTask, addTasks, deleteAll, lane } from '../fixtures.ts'

const { url, pool } = await testDatabase()

beforeEach(async () => {
  await deleteAll(pool)
  await resume(pool, null)
})

async function ask(id: TaskId): Promise<FullWhy> {
  const facts = await readWhyFacts(pool, id)
  if (facts === null) throw new Error(`there is no task ${id}`)
  return why(facts)
}

/** A task with these columns, claimed by a process and settled so. */
async function settled(settlement: Settlement, columns: Record<string, unknown> = {}): Promise<TaskId> {
  const process = await addProcess(pool, { name: 'worker-a' })
  const [held] = await addClaimed(pool, process, 1, columns)
  if (held === undefined) throw new Error('nothing was claimed')
  await settle(pool, 'worker-a', [{ claim: held, settlement, tookMs: 1 }])
  return held.id
}

/** A session that has done `statements` in a transaction and sits on it, until the returned function is called. */
async function sittingOn(...statements: string[]): Promise<{
  pid: number
  say: (statement: string) => Promise<unknown>
  leave: () => Promise<void>
}> {
  const client = createClient({ url, applicationName: 'a forgotten psql' })
  await client.connect()
  for (const statement of ['begin', ...statements]) await client.query(statement)
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const say = (statement: string) => client.query(statement)
  return { pid: rows[0]?.pid ?? 0, say, leave: () => client.end() }
}

it('knows no task that is not there', async () => {
  expect(await readWhyFacts(pool, 4711)).toBeNull()
})

describe('a task that has finished', () => {
  it('is done', async () => {
    const id = await settled({ verb: 'complete', result: '1' })
    expect(await ask(id)).toEqual({
      answer: 'done',
      sentence: expect.stringMatching(/^task \d+ is done: it finished .* ago on worker-a\.$/),
      next: `taskproc show ${id}`,
      also: [],
    })
  })

  it('is in error, with its text and what to type', async () => {
    const id = await settled({ verb: 'fail', error: 'no such\nhost' }, { max_attempts: 1 })
    expect(await ask(id)).toMatchObject({
      answer: 'error',
      sentence: expect.stringMatching(
        /^task \d+ failed .* ago on worker-a in attempt 1 of 1: "no such host"\.$/,
      ),
      next: `taskproc retry ${id}`,
    })
  })

  it('is cancelled', async () => {
    const id = await addTask(pool)
    await cancel(pool, [id], 'somebody')
    expect(await ask(id)).toMatchObject({
      answer: 'cancelled',
      sentence: expect.stringMatching(/^task \d+ was cancelled .* ago\.$/),
      next: `taskproc retry ${id}`,
    })
  })
})

describe('a task that is claimed', () => {
  it('is running: by whom, since when, and when that one was heard last', async () => {
    const process = await addProcess(pool, { name: 'worker-a' })
    const [held] = await addClaimed(pool, process, 1)
    expect(await ask(held?.id ?? 0)).toMatchObject({
      answer: 'running',
      sentence: expect.stringMatching(
        /is running: worker-a claimed it .* ago; last beat .* ago, attempt 1 of 3\.$/,
      ),
    })
  })

  it('is being cancelled', async () => {
    const process = await addProcess(pool, { name: 'worker-a' })
    const [held] = await addClaimed(pool, process, 1)
    await cancel(pool, [held?.id ?? 0], 'somebody')
    expect(await ask(held?.id ?? 0)).toMatchObject({
      answer: 'cancelling',
      sentence: expect.stringMatching(/is being cancelled: worker-a .* was told to stop/),
    })
  })

  it('may be lost: its process is silent, and its lease runs out', async () => {
    const process = await addProcess(pool, { name: 'worker-a', lease_ms: 3_600_000 })
    const [held] = await addClaimed(pool, process, 1)
    await pool.query(`update taskproc.processes set heartbeat_at = now() - interval '40 minutes'`)
    expect(await ask(held?.id ?? 0)).toMatchObject({
      answer: 'silent',
      sentence: expect.stringMatching(/has not beaten for 40 min; it is rescued when its lease is over, in /),
    })
  })

  it.each([
    [
      'longer than its lease',
      `heartbeat_at = now() - interval '1 hour', lease_ms = 1`,
      /which has not beaten for 1 h, longer than its lease/,
    ],
    ['dead', `state = 'lost', stopped_at = now()`, /which is gone/],
    ['stopped', `state = 'stopped', stopped_at = now()`, /which has stopped/],
  ])('is left behind by a process that is %s', async (_, fate, sentence) => {
    const process = await addProcess(pool, { name: 'worker-a' })
    const [held] = await addClaimed(pool, process, 1)
    await pool.query(`update taskproc.processes set ${fate}`)
    const alone = await ask(held?.id ?? 0)
    expect(alone).toMatchObject({ answer: 'left_behind', next: 'taskproc serve' })
    expect(alone.sentence).toMatch(sentence)
    expect(alone.sentence).toMatch(/; no live process is there to give it back\.$/)
    await addProcess(pool)
    expect(await ask(held?.id ?? 0)).toMatchObject({
      answer: 'left_behind',
      sentence: expect.stringMatching(/; the next live process to look gives it back\.$/),
    })
  })
})

describe('a task that is due later', () => {
  it('is delayed', async () => {
    await addProcess(pool)
    const id = await addTask(pool, { run_at: '2100-01-01T00:00:00Z' })
    expect(await ask(id)).toEqual({
      answer: 'delayed',
      sentence: expect.stringMatching(/^task \d+ is delayed: it is due in \d+ d( \d+ h)?\.$/),
      next: null,
      also: [],
    })
  })

  it('is backing off after a failure, which it quotes', async () => {
    const id = await settled({ verb: 'retry', delayMs: 200_000, error: 'timed out' })
    expect(await ask(id)).toMatchObject({
      answer: 'backing_off',
      sentence: expect.stringMatching(
        /^task \d+ is backing off: attempt 1 of 3 failed with "timed out", the next one is due in 3 min( \d+ s)?\.$/,
      ),
      next: `taskproc logs ${id}`,
    })
  })

  it('was snoozed by its handler', async () => {
    const id = await settled({ verb: 'snooze', delayMs: 200_000 })
    expect(await ask(id)).toMatchObject({ answer: 'snoozed', next: `taskproc logs ${id}` })
  })

  it('has more in its way than that, which is said too', async () => {
    const id = await addTask(pool, { run_at: '2100-01-01T00:00:00Z' })
    await pause(pool, 'default')
    const { answer, also } = await ask(id)
    expect([answer, ...also.map((each) => each.answer)]).toEqual(['delayed', 'paused', 'no_process'])
  })
})

describe('a task of a paused queue', () => {
  it('is told by whose row: its own', async () => {
    await addProcess(pool)
    const id = await addTask(pool, { queue: 'the mails' })
    await pause(pool, 'the mails')
    expect(await ask(id)).toEqual({
      answer: 'paused',
      sentence: expect.stringMatching(/^task \d+ waits because its queue the mails is paused, for .* now\.$/),
      next: `taskproc resume --queue 'the mails'`,
      also: [],
    })
  })

  it('or that of every queue, unless its own is excepted', async () => {
    await addProcess(pool)
    const id = await addTask(pool, { queue: 'mails' })
    await pause(pool, null)
    expect(await ask(id)).toMatchObject({
      answer: 'paused',
      sentence: expect.stringMatching(/because every queue is paused/),
      next: 'taskproc resume --queue mails',
    })
    await resume(pool, 'mails')
    expect(await ask(id)).toMatchObject({ answer: 'due' })
  })

  it('hears nothing of what passes until it is resumed: who is busy, and who is ahead', async () => {
    await addProcess(pool, { workers: 3, running: 3, kind_limits: { noop: 0 } })
    await addTasks(pool, 2, { priority: 5 })
    const id = await addTask(pool)
    expect(await ask(id)).toMatchObject({ answer: 'limit_reached' })
    await pause(pool, 'default')
    expect(await ask(id)).toMatchObject({ answer: 'paused', also: [] })
  })

  it('hears of what is still there then: that it runs alone, and who has locked it', async () => {
    await addProcess(pool)
    const id = await addTask(pool, { crashes: 2 })
    await pause(pool, 'default')
    const { leave } = await sittingOn('select from taskproc.tasks for update')
    const { answer, also } = await ask(id)
    expect([answer, ...also.map((each) => each.answer)]).toEqual(['paused', 'locked', 'suspect'])
    await leave()
  })
})

describe('a task that nobody serves', () => {
  it('has no process at all', async () => {
    const id = await addTask(pool)
    expect(await ask(id)).toMatchObject({
      answer: 'no_process',
      sentence: expect.stringMatching(/because no process is alive\.$/),
      next: 'taskproc serve --handlers FILE',
    })
  })

  it.each([
    ['one that drains', { state: 'draining' }, /no process is alive: worker-a is draining\.$/],
    [
      'one that is silent',
      { heartbeat_at: '2020-01-01T00:00:00Z', lease_ms: 1 },
      /no process is alive: worker-a is silent for \d/,
    ],
  ])('has only %s', async (_, columns, sentence) => {
    await addProcess(pool, { name: 'worker-a', ...columns })
    const answer = await ask(await addTask(pool))
    expect(answer).toMatchObject({ answer: 'no_process' })
    expect(answer.sentence).toMatch(sentence)
  })

  it('is of a queue that those with a handler for its kind do not serve', async () => {
    await addProcess(pool, { name: 'worker-a', queues: ['mails', 'images'] })
    await addProcess(pool, { queues: ['imgaes'], kinds: ['other'] })
    const id = await addTask(pool, { queue: 'imgaes' })
    expect(await ask(id)).toMatchObject({
      answer: 'queue_not_served',
      sentence: expect.stringMatching(
        /because worker-a has a handler of its kind noop but does not serve its queue imgaes \(did you mean images\?\); the queues served are images and mails\.$/,
      ),
      next: 'taskproc serve --queue imgaes',
    })
  })

  it('is of a kind that none of them has', async () => {
    await addProcess(pool, { queues: ['other'], kinds: ['invoices', 'reverse'] })
    const id = await addTask(pool, { kind: 'emials' })
    expect(await ask(id)).toEqual({
      answer: 'kind_not_served',
      sentence: expect.stringMatching(
        /no live process has a handler of its kind emials, and none serves its queue default; the kinds served are invoices and reverse\.$/,
      ),
      next: 'taskproc serve --exec emials=COMMAND # or --handlers FILE',
      also: [],
    })
  })

  it('is of a kind that looks like another one: both steps are said', async () => {
    await addProcess(pool, { queues: null, kinds: ['emails', 'reverse'] })
    const id = await addTask(pool, { kind: 'emials' })
    expect(await ask(id)).toMatchObject({
      answer: 'kind_not_served',
      sentence: expect.stringMatching(
        /no live process has a handler of its kind emials \(did you mean emails\?\); the kinds served are emails and reverse\.$/,
      ),
      next: `psql "$DATABASE_URL" -c "update taskproc.tasks set kind = 'emails' where claimable and kind = 'emials'"`,
      or: 'taskproc serve --exec emials=COMMAND # or --handlers FILE',
    })
  })
})

describe('a task that is locked', () => {
  it.each([
    ['a row lock', ['select from taskproc.tasks for update']],
    ['an update that is not committed', ['update taskproc.tasks set priority = 1']],
    [
      'a lock that was taken in a subtransaction',
      ['savepoint a', 'select from taskproc.tasks for update', 'release a'],
    ],
    ['a lock that others may share', ['select from taskproc.tasks for key share']],
  ])('names the session that has %s', async (_, statements) => {
    await addProcess(pool)
    const id = await addTask(pool)
    const { pid, leave } = await sittingOn(...statements)
    expect(await ask(id)).toEqual({
      answer: 'locked',
      sentence: expect.stringMatching(
        new RegExp(
          `because session ${pid} \\(a forgotten psql, idle in transaction\\) has held a lock on its row for .* no process can claim it`,
        ),
      ),
      next: `psql "$DATABASE_URL" -c 'select pg_terminate_backend(${pid})'`,
      also: [],
    })
    await leave()
    expect(await ask(id)).toMatchObject({ answer: 'due' })
  })

  it('is told of where it has failed: the retry would wait', async () => {
    const id = await settled({ verb: 'fail', error: 'no luck' })
    expect(await ask(id)).toMatchObject({ answer: 'error', also: [] })
    const { pid, leave } = await sittingOn('select from taskproc.tasks for update')
    expect(await ask(id)).toMatchObject({
      answer: 'error',
      next: `taskproc retry ${id}`,
      also: [
        {
          answer: 'locked',
          sentence: expect.stringMatching(
            `^a retry of task ${id} would wait because session ${pid} .* has held a lock on its row`,
          ),
          next: expect.stringContaining(`pg_terminate_backend(${pid})`),
        },
      ],
    })
    await leave()
  })

  it('names one of those that share a lock', async () => {
    await addProcess(pool)
    const id = await addTask(pool)
    const sharing = [
      await sittingOn('select from taskproc.tasks for share'),
      await sittingOn('select from taskproc.tasks for share'),
    ]
    const { answer, sentence } = await ask(id)
    expect(answer).toBe('locked')
    expect(sharing.map(({ pid }) => pid)).toContain(Number(/session (\d+)/.exec(sentence)?.[1]))
    for (const { leave } of sharing) await leave()
  })

  it('names who holds the table, as a CREATE INDEX does', async () => {
    await addProcess(pool)
    const id = await addTask(pool)
    const { pid, leave } = await sittingOn('create index on taskproc.tasks (created_at)')
    expect(await ask(id)).toMatchObject({
      answer: 'locked',
      sentence: expect.stringMatching(
        new RegExp(`session ${pid} .* a lock on the whole table taskproc.tasks`),
      ),
    })
    await leave()
  })

  it('refuses, with the session, where the table cannot even be read', async () => {
    const id = await addTask(pool)
    const { pid, leave } = await sittingOn('lock table taskproc.tasks')
    await expect(readWhyFacts(pool, id)).rejects.toMatchObject({
      message: expect.stringMatching(
        new RegExp(`session ${pid} \\(a forgotten psql\\) has locked the table`),
      ),
      hint: expect.stringMatching(new RegExp(`pg_terminate_backend\\(${pid}\\)`)),
    })
    await leave()
  })

  /** Asks, and ends the transaction of the other session when we stand in the queue behind it. */
  async function askAndEnd(id: TaskId, end: () => Promise<unknown>): Promise<FullWhy> {
    const asking = ask(id)
    await eventually('somebody waits for a lock', async () => {
      const { rows } = await pool.query(`select from pg_locks where not granted`)
      return rows.length > 0
    })
    await end()
    return asking
  }

  it('is not called locked for a lock that is given back in a moment', async () => {
    await addProcess(pool)
    const id = await addTask(pool)
    const { leave } = await sittingOn('select from taskproc.tasks for update')
    expect(await askAndEnd(id, leave)).toMatchObject({ answer: 'due' })
  })

  it('is asked about again when the lock was that of a claim', async () => {
    const process = await addProcess(pool)
    const id = await addTask(pool)
    const { say, leave } = await sittingOn(
      `update taskproc.tasks set status = 'in_progress', attempts = 1, claim_number = 1, claimed_by = ${process}, claimed_at = now()`,
    )
    expect(await askAndEnd(id, () => say('commit'))).toMatchObject({ answer: 'running' })
    await leave()
  })
})

describe('a task that has to wait for a place', () => {
  it('is a suspect after two deaths, by the crash limit of those who serve it', async () => {
    const id = await addTask(pool)
    for (let death = 1; death <= 2; death++) {
      const process = await addProcess(pool)
      await claim(pool, process, 1, [lane()], 9)
      await declareDead(pool, process)
      await rescue(pool, 3, 10)
    }
    await addProcess(pool)
    expect(await ask(id)).toMatchObject({
      answer: 'suspect',
      sentence: expect.stringMatching(/is a suspect: 2 processes died while it ran, so it runs alone/),
      next: `taskproc logs ${id}`,
    })
    await pool.query('update taskproc.processes set crash_limit = 4')
    expect(await ask(id)).toMatchObject({ answer: 'due' })
  })

  it('is of a kind whose limit is reached in every process', async () => {
    for (const name of ['worker-a', 'worker-b']) {
      const joined = await register(pool, {
        ...{
          name,
          host: 'here',
          pid: 1,
          pidProof: null,
          version: '0',
          queues: null,
          kinds: ['noop', 'other'],
        },
        ...{ workers: 5, leaseMs: 3_600_000, kindLimits: { noop: 2 } },
      })
      await addClaimed(pool, joined?.id ?? 0, name === 'worker-a' ? 2 : 1)
    }
    const id = await addTask(pool)
    expect(await ask(id)).toMatchObject({ answer: 'due' })
    const [, second] = (await pool.query<{ id: TaskId }>('select id from taskproc.processes order by id'))
      .rows
    const [last] = await addClaimed(pool, second?.id ?? 0, 1, { run_at: '2020-01-01T00:00:00Z' })
    expect(await ask(id)).toMatchObject({
      answer: 'limit_reached',
      sentence: expect.stringMatching(
        /its kind noop has reached its limit in every process: 2 of 2 on worker-[ab] and 2 of 2 on worker-[ab]\.$/,
      ),
      next: 'taskproc list --status in_progress --kind noop',
    })
    if (last !== undefined)
      await settle(pool, 'worker-b', [
        { claim: last, settlement: { verb: 'complete', result: null }, tookMs: 1 },
      ])
    expect(await ask(id)).toMatchObject({ answer: 'due' })
  })

  it('finds what has run for long amid all that its process has done since', async () => {
    const process = await addProcess(pool, {
      ...{ name: 'worker-a', kinds: ['noop', 'report'], kind_limits: { report: 1 } },
      claims_since: '2020-01-01T00:00:00Z',
    })
    const claimed = { claimed_by: process, attempts: 1, claim_number: 1 }
    const done = { ...claimed, status: 'done', finished_at: '2020-01-03T00:00:00Z' }
    await addTasks(pool, 2500, { ...done, claimed_at: '2020-01-01T00:00:00Z' })
    const running = await addTask(pool, {
      ...{ ...claimed, kind: 'report', status: 'in_progress' },
      claimed_at: '2020-01-02T00:00:00Z',
    })
    await addTasks(pool, 2500, { ...done, claimed_at: '2020-01-03T00:00:00Z' })
    const id = await addTask(pool, { kind: 'report' })
    // Too many rows to look at each: its last beat named what runs longest there.
    expect(await ask(id)).toMatchObject({ answer: 'due' })
    await pool.query('update taskproc.processes set doing = $1', [
      JSON.stringify([{ id: running, kind: 'report' }]),
    ])
    expect(await ask(id)).toMatchObject({ answer: 'limit_reached' })
  })

  it('is behind those of a larger priority and those that were due earlier', async () => {
    const busy = {
      kinds: ['noop', 'other'],
      started_at: '2020-01-01T00:00:00Z',
      counters: { settled: [900, 20, 20, 20, 20, 20, 20] },
    }
    await addProcess(pool, busy)
    await addTasks(pool, 3, { kind: 'other', priority: 5, run_at: '2020-01-01T00:00:00Z' })
    await addTasks(pool, 4, { kind: 'unserved', priority: 5, run_at: '2020-01-01T00:00:00Z' })
    await addTasks(pool, 2, { kind: 'other', priority: 5, run_at: '2100-01-01T00:00:00Z' })
    await addTasks(pool, 2, { run_at: '2020-01-01T00:00:00Z' })
    await addTasks(pool, 9, { kind: 'other', run_at: '2020-01-01T00:00:00Z' })
    const id = await addTask(pool)
    expect(await ask(id)).toMatchObject({
      answer: 'behind',
      sentence: expect.stringMatching(
        /waits for its turn behind 3 of a larger priority and 2 due earlier; at 2\.0\/s its turn comes in about 2\.5 s\.$/,
      ),
      next: 'taskproc stats',
    })
    // The last minute of one that is there for a second is a second.
    await pool.query('update taskproc.processes set started_at = now()')
    expect((await ask(id)).sentence).toMatch(/; at 120\/s its turn comes in about \d\d ms\.$/)
    // What is limited is passed over, and so is what a process that is there for this kind does not serve.
    const specialist = await addProcess(pool)
    expect((await ask(id)).sentence).toMatch(/behind 2 due earlier/)
    await pool.query('delete from taskproc.processes where id = $1', [specialist])
    await pool.query(`update taskproc.processes set kind_limits = '{"other": 1}'`)
    expect((await ask(id)).sentence).toMatch(/behind 2 due earlier/)
    await pause(pool, 'default')
    expect(await ask(id)).toMatchObject({ answer: 'paused' })
  })

  it('counts no further than anybody wants to know', async () => {
    await addProcess(pool)
    await addTasks(pool, 10_050, { priority: 1 })
    const id = await addTask(pool)
    expect((await ask(id)).sentence).toMatch(/behind more than 10,000 of a larger priority\.$/)
  })

  it('is next when a worker is free', async () => {
    await addProcess(pool, { name: 'worker-a', workers: 3, running: 3 })
    const id = await addTask(pool)
    expect(await ask(id)).toMatchObject({
      answer: 'workers_busy',
      sentence: expect.stringMatching(/is next, but every worker is busy: 3 in worker-a\.$/),
    })
    await addProcess(pool)
    expect(await ask(id)).toMatchObject({ answer: 'due' })
  })
})

it('is due: nothing stands in its way, and it is known who looks next', async () => {
  const process = await addProcess(pool, { name: 'worker-a' })
  const id = await addTask(pool)
  expect((await ask(id)).sentence).toMatch(
    /is due and nothing stands in its way: it is claimed in a moment\.$/,
  )
  await fallAsleep(pool, process, null, 60_000)
  expect(await ask(id)).toMatchObject({
    answer: 'due',
    sentence: expect.stringMatching(/: worker-a looks for work at the latest in (1 min|\d+ s)\.$/),
    next: null,
  })
})

it('quotes the error of a failure as the handler threw it', async () => {
  const outcome = outcomeOfError(new Error('x'.repeat(500)))
  const error = outcome.type === 'failed' ? outcome.error : ''
  const id = await settled({ verb: 'fail', error })
  expect((await ask(id)).sentence).toMatch(/: "(Error: )?x{150,200}…"\.$/)
})
