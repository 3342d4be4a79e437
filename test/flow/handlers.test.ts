// Handlers in TypeScript, through the real program: whatever they do ends in their task, and the worker goes on.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, it } from 'vitest'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { serving } from './serving.ts'
import { become, counts, expectSound, history, notes, put, row, rows } from './table.ts'

const HANDLERS = fileURLToPath(new URL('./user-handlers.ts', import.meta.url))
const { url, pool } = await testDatabase()

beforeEach(async () => {
  await pool.query('delete from taskproc.tasks')
})

/** Runs what was put until nothing is left. */
async function serveAll(settings = {}): Promise<void> {
  const process = await serving(url, { handlers: HANDLERS, settings: { untilEmpty: true, ...settings } })
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
}

it('ends a payload that fails its schema in error at once, and says where; one that fits is shaped by it', async () => {
  const [wrong] = await put(pool, { kind: 'mail', payload: { to: 'nobody', copies: 'many' } })
  const [right] = await put(pool, { kind: 'mail', payload: { to: 'ada@example.com' } })
  await serveAll()
  expect(await row(pool, wrong)).toMatchObject({
    status: 'error',
    attempts: 1,
    error: expect.stringMatching(/^the payload is invalid: to: .*; copies: /),
  })
  expect(await row(pool, right)).toMatchObject({ status: 'done', result: '1 to ada@example.com' })
})

it('tries what throws again, whatever it throws, and not what is permanent', async () => {
  const ids = new Map<string, TaskId | undefined>()
  for (const what of ['nothing', 'null', 'text', 'circular object', 'permanent error']) {
    const [id] = await put(pool, { kind: 'throws', payload: { what }, maxAttempts: 2, backoffMs: 1 })
    ids.set(what, id)
  }
  await serveAll()
  const errors = new Map<string, unknown>()
  for (const [what, id] of ids) {
    const { status, attempts, error } = await row(pool, id)
    expect({ status, attempts }, what).toEqual({
      status: 'error',
      attempts: what === 'permanent error' ? 1 : 2,
    })
    errors.set(what, error)
  }
  expect(Object.fromEntries(errors)).toEqual({
    nothing: 'undefined was thrown',
    null: 'null was thrown',
    text: 'just a text',
    'circular object': expect.stringMatching(/object was thrown/),
    'permanent error': 'can never work',
  })
})

it('ends a result that cannot be stored in error, with the reason, and goes on', async () => {
  const reasons = {
    bigint: /BigInt/,
    function: /a function is no JSON/,
    'circular object': /circular/,
    'U+0000': /\\u0000/,
    'lone surrogate': /\\ud800/,
    'too much': /2097154 bytes, the limit is 1048576/,
  }
  const ids = new Map<string, TaskId | undefined>()
  for (const what of Object.keys(reasons)) {
    const [id] = await put(pool, { kind: 'returns', payload: { what } })
    ids.set(what, id)
  }
  const [last] = await put(pool, { kind: 'mail', payload: { to: 'ada@example.com' } })
  await serveAll({ workers: 1 })
  for (const [what, reason] of Object.entries(reasons)) {
    expect(await row(pool, ids.get(what)), what).toMatchObject({
      status: 'error',
      attempts: 1,
      error: expect.stringMatching(reason),
    })
  }
  expect(await row(pool, last)).toMatchObject({ status: 'done' })
})

it('takes no attempt for a snooze', async () => {
  const [id] = await put(pool, { kind: 'nap', payload: { naps: 5 }, maxAttempts: 1 })
  await serveAll({ fetchInterval: '50ms' })
  expect(await row(pool, id)).toMatchObject({
    status: 'done',
    attempts: 1,
    claim_number: 6,
    result: { id, kind: 'nap', attempt: 1, maxAttempts: 1, claimNumber: 6 },
  })
})

it('keeps what a handler logs with its attempt, in its order, and no more than its limit', async () => {
  const [few] = await put(pool, { kind: 'talk', payload: { lines: 3 } })
  const [many] = await put(pool, { kind: 'talk', payload: { lines: 5_000 } })
  await serveAll()
  const messages = async (id: TaskId | undefined) => (await history(pool, id)).map(({ message }) => message)
  expect(await messages(few)).toEqual(['line 1 of 3', 'line 2 of 3', 'line 3 of 3'])
  const kept = await messages(many)
  expect(kept).toHaveLength(1_001)
  expect(kept.at(999)).toBe('line 1000 of 5000')
  expect(kept.at(1_000)).toMatch(/no more is kept: the limit is 1000 lines/)
})

it('runs no more of a kind than its limit, and other kinds do not wait for it', async () => {
  const { file } = notes()
  await put(pool, { kind: 'single', payload: { file }, priority: 10 }, 8)
  await put(pool, { kind: 'mail', payload: { to: 'ada@example.com' } }, 40)
  const process = await serving(url, { handlers: HANDLERS, settings: { workers: 5, fetchLimit: 10 } })
  await eventually('all mails are done', async () => (await counts(pool)).done === 40)
  const singles = (await rows(pool)).filter(({ kind }) => kind === 'single')
  expect(singles.filter(({ status }) => status === 'in_progress')).toHaveLength(1)
  expect(singles.filter(({ claim_number }) => claim_number > 0)).toHaveLength(1)
  writeFileSync(file, '')
  await become(pool, { done: 48 })
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
})

it('honours the timeout, the backoff and the attempts of the kind, not those of the task', async () => {
  const [id] = await put(pool, { kind: 'slow', maxAttempts: 9 })
  await serveAll({ fetchInterval: '50ms' })
  expect(await row(pool, id)).toMatchObject({ status: 'error', attempts: 2, error: 'timed out after 0.1 s' })
})

it('commits the effects of a handler and its completion together, or neither', async () => {
  await pool.query('create table if not exists effects (task_id bigint not null)')
  const [good] = await put(pool, { kind: 'halfway', payload: { fails: false } })
  const [bad] = await put(pool, { kind: 'halfway', payload: { fails: true } })
  await serveAll()
  expect(await row(pool, good)).toMatchObject({ status: 'done' })
  expect(await row(pool, bad)).toMatchObject({ status: 'error', error: 'changed its mind' })
  expect((await pool.query('select task_id from effects')).rows).toEqual([{ task_id: good }])
})
