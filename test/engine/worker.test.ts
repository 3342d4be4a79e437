// A worker: one task at a time, in order, each handed on with its outcome, until the channel is closed.
import { expect, it, vi } from 'vitest'
import { Channel } from '../../src/engine/channel.ts'
import { type Holding, Holdings } from '../../src/engine/holdings.ts'
import type { Run } from '../../src/engine/run.ts'
import { work } from '../../src/engine/worker.ts'
import { type Outcome, outcomeOfValue } from '../../src/task/outcome.ts'
import type { Claim } from '../../src/task/task.ts'
import { claimsOf, deferred, recorder } from './fixtures.ts'

function build(handler: (claim: Claim, run: Run) => unknown, timeoutMs: () => number | null = () => null) {
  const execute = async ({ claim }: Holding, run: Run) => outcomeOfValue(await handler(claim, run))
  const channel = new Channel<Holding>()
  const events = recorder()
  const finished: { id: unknown; outcome: Outcome; tookMs: number; wasRunning: boolean }[] = []
  const finish = (holding: Holding, outcome: Outcome, tookMs: number) => {
    finished.push({ id: holding.claim.id, outcome, tookMs, wasRunning: holding.running !== null })
  }
  const holdings = new Holdings()
  holdings.ask(10, 0)
  const held = holdings.answer(10, claimsOf(10), 0)
  return {
    channel,
    events,
    finished,
    holdings,
    held,
    parts: { channel, execute, timeoutMs, mayRun: () => true, release: () => {}, finish, emit: events.emit },
  }
}

it('runs one task after the other, in order, and says so', async () => {
  let running = 0
  const { channel, events, finished, held, parts } = build(async (claim) => {
    expect(++running).toBe(1)
    await Promise.resolve()
    running -= 1
    return claim.id
  })
  channel.push(held.slice(0, 3))
  const worker = work(4, parts)
  while (finished.length < 3) await new Promise(setImmediate)
  channel.close()
  await worker
  expect(finished.map(({ outcome }) => outcome)).toEqual(
    [1, 2, 3].map((id) => ({ type: 'done', result: `${id}` })),
  )
  expect(events.named('run.started').map(({ claim, worker }) => [claim.id, worker])).toEqual([
    [1, 4],
    [2, 4],
    [3, 4],
  ])
  expect(events.named('run.finished').map(({ claim }) => claim.id)).toEqual([1, 2, 3])
  expect(finished.every(({ tookMs }) => tookMs >= 0)).toBe(true)
})

it('goes on after a handler that throws', async () => {
  const { channel, finished, held, parts } = build((claim) => {
    if (claim.id === 1) throw new Error('refused')
    return null
  })
  channel.push(held.slice(0, 2))
  const worker = work(1, parts)
  while (finished.length < 2) await new Promise(setImmediate)
  channel.close()
  await worker
  expect(finished.map(({ outcome }) => outcome.type)).toEqual(['failed', 'done'])
})

it('shows what it runs while it runs it, and can be told to stop it', async () => {
  const started = deferred()
  const { channel, finished, holdings, held, parts } = build((_, { signal }) => {
    started.resolve()
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  const worker = work(2, parts)
  channel.push(held.slice(0, 1))
  await started.promise
  expect(holdings.running().map(({ claim, running }) => [claim.id, running?.worker])).toEqual([[1, 2]])
  for (const { running } of holdings.running()) running?.run.stop('shutdown')
  channel.close()
  await worker
  expect(finished).toMatchObject([{ id: 1, outcome: { type: 'interrupted' }, wasRunning: false }])
  expect(holdings.running()).toEqual([])
})

it('hands on the task that it runs before it ends', async () => {
  const handler = deferred<null>()
  const { channel, finished, held, parts } = build(() => handler.promise)
  const worker = work(1, parts)
  channel.push(held.slice(0, 2))
  await new Promise(setImmediate)
  expect(channel.close().map(({ claim }) => claim.id)).toEqual([2])
  handler.resolve(null)
  await worker
  expect(finished.map(({ id }) => id)).toEqual([1])
})

it('ends at once when the channel is closed and it has nothing to do', async () => {
  const { channel, finished, parts } = build(() => null)
  const worker = work(1, parts)
  channel.close()
  await worker
  expect(finished).toEqual([])
})

it('does not begin a task that somebody wants cancelled', async () => {
  const execute = vi.fn(() => null)
  const { channel, events, finished, held, parts } = build(execute)
  for (const holding of held.slice(0, 1)) holding.isCancelled = true
  channel.push(held.slice(0, 2))
  const worker = work(1, parts)
  while (finished.length < 2) await new Promise(setImmediate)
  channel.close()
  await worker
  expect(finished.map(({ id, outcome }) => [id, outcome.type])).toEqual([
    [1, 'cancelled'],
    [2, 'done'],
  ])
  expect(execute).toHaveBeenCalledOnce()
  expect(events.named('run.started').map(({ claim }) => claim.id)).toEqual([2])
})

it('gives each run the limit of its claim', async () => {
  const { channel, finished, held, parts } = build(
    (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    () => 1,
  )
  channel.push(held.slice(0, 1))
  const worker = work(1, parts)
  channel.close()
  await worker
  expect(finished).toMatchObject([{ outcome: { type: 'failed', error: 'timed out after 0.001 s' } }])
})

it('gives back what it may not run any more when its turn comes, and begins nothing', async () => {
  const execute = vi.fn(() => null)
  const { channel, events, finished, held, parts } = build(execute)
  const released: unknown[] = []
  const worker = work(1, {
    ...parts,
    mayRun: ({ id }) => id !== 1,
    release: (back) => void released.push(...back.map(({ claim }) => claim.id)),
  })
  channel.push(held.slice(0, 2))
  while (finished.length < 1) await new Promise(setImmediate)
  channel.close()
  await worker
  expect([released, finished.map(({ id }) => id)]).toEqual([[1], [2]])
  expect(events.named('run.started').map(({ claim }) => claim.id)).toEqual([2])
})
