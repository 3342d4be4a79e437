// The drain: the parts stop in the order of the flow, all of it within the drain timeout, and every task leaves once.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { CustodyParts } from '../../src/engine/custody.ts'
import { Drain, type DrainParts } from '../../src/engine/drain.ts'
import type { Holding } from '../../src/engine/holdings.ts'
import type { Run } from '../../src/engine/run.ts'
import { work } from '../../src/engine/worker.ts'
import type { Outcome } from '../../src/task/outcome.ts'
import { custodyOver, idsOf } from './custody-store.ts'
import { deferred } from './fixtures.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const settle = () => vi.advanceTimersByTimeAsync(0)
const never = () => new Promise<never>(() => {})
const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const DONE: Outcome = { type: 'done', result: '1' }

interface Setting extends Partial<DrainParts> {
  handler?: (run: Run) => Promise<unknown>
  /** How many of ten claimed tasks run; the others wait. */
  workers?: number
  /** Changes to what the claims come from and go to. */
  store?: Partial<CustodyParts>
}

/** Ten claimed tasks, and a drain that says what it does in `steps`. */
async function build({ handler = async () => {}, workers = 2, store = {}, ...changes }: Setting = {}) {
  const steps: string[] = []
  const over = custodyOver(store)
  const { custody, events } = over
  const step = (name: string, ms = 0) => {
    steps.push(name)
    return later(ms)
  }
  const drain = new Drain({
    custody,
    drainTimeoutMs: 10_000,
    stopFetching: () => step('stop fetching'),
    markDraining: () => step('mark draining'),
    stopBeating: () => step(`stop beating with ${custody.holdings.size} held`),
    sayGoodbye: () => step('goodbye'),
    emit: events.emit,
    ...changes,
  })
  const parts = {
    channel: custody.channel,
    execute: async (_: unknown, run: Run): Promise<Outcome> => {
      await handler(run)
      return DONE
    },
    timeoutMs: () => null,
    mayRun: () => true,
    release: (held: readonly Holding[]) => custody.release(held),
    finish: custody.finish.bind(custody),
    emit: events.emit,
  }
  await custody.claim(10, [])
  drain.workers = Array.from({ length: workers }, (_, index) => work(index + 1, parts))
  await settle()
  const beganMs = Date.now()
  const end = { report: undefined as unknown, afterMs: 0 }
  void drain.finished.then((report) => Object.assign(end, { report, afterMs: Date.now() - beganMs }))
  return { ...over, drain, steps, end }
}

it('stops taking, lets what runs finish, gives back the rest, and leaves when all of it is written', async () => {
  const { drain, steps, end, events, settled } = await build({ handler: () => later(1_000) })
  expect([drain.state, drain.leftMs]).toEqual(['running', null])
  drain.begin()
  drain.begin()
  expect(drain.state).toBe('draining')
  expect(drain.leftMs).toBeGreaterThan(8_000)
  await vi.advanceTimersByTimeAsync(999)
  expect(end.report).toBeUndefined()
  await vi.advanceTimersByTimeAsync(100)
  expect(end.report).toEqual({ aborted: 0, timedOut: false, unsettled: 0 })
  expect(steps.slice(0, 2).toSorted()).toEqual(['mark draining', 'stop fetching'])
  expect(steps.slice(2)).toEqual(['stop beating with 0 held', 'goodbye'])
  expect(events.named('drain.started')).toEqual([{ running: 2, waiting: 8, timeoutMs: 10_000 }])
  expect(events.named('drain.finished')).toEqual([end.report])
  expect(settled.filter(({ verb }) => verb === 'complete')).toHaveLength(2)
  expect(settled.filter(({ verb }) => verb === 'release')).toHaveLength(8)
  expect(drain.state).toBe('stopped')
})

it('gives back what waits at once, not when what runs has ended', async () => {
  const { drain, settled } = await build({ handler: never })
  drain.begin()
  await settle()
  expect(settled).toHaveLength(8)
})

it.each([1_000, 2_000, 5_000, 25_000])(
  'stops what does not finish, and has left when the drain timeout of %i ms is over',
  async (drainTimeoutMs) => {
    const { drain, steps, end, claimed, settled } = await build({
      handler: never,
      drainTimeoutMs,
      workers: 3,
    })
    drain.begin()
    await vi.advanceTimersByTimeAsync(drainTimeoutMs / 2 - 1)
    expect(settled).toHaveLength(7)
    await vi.advanceTimersByTimeAsync(drainTimeoutMs)
    expect(end.report).toEqual({ aborted: 3, timedOut: true, unsettled: 0 })
    expect(end.afterMs).toBeLessThanOrEqual(drainTimeoutMs)
    expect(steps.at(-1)).toBe('goodbye')
    expect(idsOf(settled)).toEqual(idsOf(claimed))
    expect(settled.every(({ verb }) => verb === 'release')).toBe(true)
  },
)

it('aborts at the second signal: everything is given back within a second', async () => {
  const { drain, end, claimed, settled } = await build({ handler: never, drainTimeoutMs: 3_600_000 })
  drain.begin()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(end.report).toBeUndefined()
  drain.abort()
  drain.abort()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(end.report).toEqual({ aborted: 2, timedOut: false, unsettled: 0 })
  expect(idsOf(settled)).toEqual(idsOf(claimed))
})

it('aborts also when it was not draining', async () => {
  const { drain, end, events } = await build({ handler: never })
  drain.abort()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(end.report).toEqual({ aborted: 2, timedOut: false, unsettled: 0 })
  expect(events.named('drain.started')).toHaveLength(1)
})

it('takes a result that comes after the signal, and does not call it aborted', async () => {
  const finishing = ({ signal }: Run) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  const { drain, end, settled } = await build({ handler: finishing })
  drain.begin()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(end.report).toEqual({ aborted: 0, timedOut: true, unsettled: 0 })
  expect(settled.filter(({ verb }) => verb === 'complete')).toHaveLength(2)
})

it('waits for a claim that is on its way, and gives back what it brings before it leaves', async () => {
  const coming = deferred()
  const { drain, custody, end, steps, settled } = await build({
    stopFetching: () => coming.promise,
    workers: 0,
  })
  drain.begin()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(end.report).toBeUndefined()
  await custody.claim(5, [])
  coming.resolve()
  await vi.advanceTimersByTimeAsync(100)
  expect(end.report).toEqual({ aborted: 0, timedOut: false, unsettled: 0 })
  expect(settled).toHaveLength(15)
  expect(steps.at(-1)).toBe('goodbye')
})

it('says no goodbye when it could not write what became of its claims: others rescue them', async () => {
  const { drain, steps, end } = await build({ store: { settle: () => Promise.reject(new Error('away')) } })
  drain.begin()
  await vi.advanceTimersByTimeAsync(9_000)
  expect(end.report).toBeUndefined()
  await vi.advanceTimersByTimeAsync(3_000)
  expect(end.report).toEqual({ aborted: 0, timedOut: false, unsettled: 10 })
  expect(steps).not.toContain('goodbye')
  expect(steps.at(-1)).toBe('stop beating with 10 held')
  // Nothing is tried any more: by now the tasks may be another's.
  expect(vi.getTimerCount()).toBe(0)
})

it.each<[string, Setting]>([
  ['the database does not answer', { store: { settle: never } }],
  ['the heartbeat does not stop', { stopBeating: never }],
  ['the goodbye does not come through', { sayGoodbye: never }],
  ['the goodbye fails', { sayGoodbye: () => Promise.reject(new Error('away')) }],
  ['no part stops', { stopFetching: never, markDraining: never, stopBeating: never, sayGoodbye: never }],
  ['it cannot say that it drains', { markDraining: () => Promise.reject(new Error('away')) }],
])('ends soon after the drain timeout at the latest, also when %s', async (_, changes) => {
  const { drain, end } = await build({ ...changes, handler: never })
  drain.begin()
  await vi.advanceTimersByTimeAsync(12_000)
  expect(end.report).toBeDefined()
})
