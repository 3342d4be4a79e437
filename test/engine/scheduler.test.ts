// The scheduler: takes each tick when it is due by the clock of the database, sleeps in between, and is stopped by nobody.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Scheduler, type Tick } from '../../src/engine/scheduler.ts'
import { recorder } from './fixtures.ts'

beforeEach(() => void vi.useFakeTimers({ now: START }))
afterEach(() => void vi.useRealTimers())

const START = Date.UTC(2026)
/** The database's clock is not ours. */
const SKEW_MS = 3_600_000

type Stored = Omit<Tick, 'nextAt' | 'tickMs'> & { nextMs: number | null }

/** Schedules in memory: the fence is the tick, as in the database. */
function store(...schedules: Stored[]) {
  const events = recorder()
  const taken: string[] = []
  const reads: number[] = []
  const state = { schedules, isAway: false, beforeTake: () => {} }
  const nowMs = () => Date.now() + SKEW_MS
  const start = (): Scheduler<Tick> => {
    const scheduler = new Scheduler<Tick>({
      async readTicks(withinMs) {
        reads.push(Date.now() - START)
        if (state.isAway) throw new Error('the database is away')
        const ticks = state.schedules
          .flatMap(({ nextMs, ...line }) =>
            nextMs === null ? [] : [{ ...line, tickMs: nextMs, nextAt: String(nextMs) }],
          )
          .filter(({ tickMs }) => tickMs <= nowMs() + withinMs)
        return { nowMs: nowMs(), ticks }
      },
      async takeTick({ name, nextAt }, followingAt) {
        state.beforeTake()
        if (state.isAway) throw new Error('the database is away')
        const found = state.schedules.find((one) => one.name === name && String(one.nextMs) === nextAt)
        if (found === undefined) return undefined
        found.nextMs = followingAt === null ? null : Date.parse(followingAt)
        return { id: taken.push(`${name} ${(Number(nextAt) - SKEW_MS - START) / 1000}`) }
      },
      emit: events.emit,
    })
    scheduler.start()
    return scheduler
  }
  return { state, taken, reads, events, start }
}

const schedule = (name: string, cron: string, nextSeconds: number | null): Stored => ({
  name,
  cron,
  timezone: 'UTC',
  nextMs: nextSeconds === null ? null : START + SKEW_MS + nextSeconds * 1000,
})

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

it('takes each tick of a schedule once, soon after it is due', async () => {
  const { taken, events, start } = store(schedule('a', '*/2 * * * * *', 2))
  const scheduler = start()
  await pass(1_999)
  expect(taken).toEqual([])
  await pass(101)
  expect(taken).toEqual(['a 2'])
  await pass(60_000)
  expect(taken).toEqual(Array.from({ length: 31 }, (_, index) => `a ${2 + 2 * index}`))
  expect(events.named('schedule.ticked')).toHaveLength(31)
  expect(events.named('schedule.ticked')[0]).toMatchObject({
    name: 'a',
    id: 1,
    tickAt: '2026-01-01T01:00:02.000Z',
  })
  expect(events.named('part.failed')).toEqual([])
  await scheduler.stop()
  expect(vi.getTimerCount()).toBe(0)
})

it('takes each tick once also with others beside it', async () => {
  const { taken, events, start } = store(schedule('a', '* * * * * *', 1), schedule('b', '*/5 * * * * *', 5))
  const schedulers = [start(), start(), start()]
  await pass(10_500)
  await Promise.all(schedulers.map((one) => one.stop()))
  const wanted = [...Array.from({ length: 10 }, (_, index) => `a ${index + 1}`), 'b 5', 'b 10']
  expect([...taken].sort()).toEqual(wanted.sort())
  expect(events.named('schedule.ticked')).toHaveLength(wanted.length)
})

it('sleeps until a tick is due, and no longer than half a minute', async () => {
  const { reads, taken, start } = store(schedule('a', '0 * * * *', 100))
  const scheduler = start()
  await pass(99_000)
  expect(reads).toHaveLength(4)
  for (const [index, at] of reads.entries()) expect(Math.abs(at - index * 30_000)).toBeLessThan(100)
  await pass(2_000)
  expect(taken).toEqual(['a 100'])
  await scheduler.stop()
})

it('looks at once when it is told of a change', async () => {
  const { state, taken, start } = store()
  const scheduler = start()
  await pass(1_000)
  state.schedules = [schedule('new', '* * * * * *', 2)]
  scheduler.wake()
  await pass(1_100)
  expect(taken).toEqual(['new 2'])
  await scheduler.stop()
})

it('catches up once for a downtime, and goes on with what is to come', async () => {
  const { taken, start } = store(
    schedule('a', '* * * * * *', -3_600),
    schedule('once', '0 0 0 1 1 * 2026', -3_600),
  )
  const scheduler = start()
  await pass(2_500)
  expect(taken).toEqual(['a -3600', 'once -3600', 'a 1', 'a 2'])
  await scheduler.stop()
})

it('misses no tick in an outage of a few seconds, and catches up once after a long one', async () => {
  const { state, taken, start } = store(schedule('a', '* * * * * *', 1))
  const scheduler = start()
  await pass(1_500)
  state.isAway = true
  await pass(4_000)
  state.isAway = false
  await pass(4_600)
  const upTo10 = Array.from({ length: 10 }, (_, index) => `a ${index + 1}`)
  expect(taken).toEqual(upTo10)
  state.isAway = true
  await pass(60_000)
  state.isAway = false
  await pass(6_000)
  expect(taken.slice(0, 11)).toEqual([...upTo10, 'a 11'])
  expect(Number(taken[11]?.slice(2))).toBeGreaterThanOrEqual(70)
  expect(new Set(taken).size).toBe(taken.length)
  await scheduler.stop()
})

it('passes over a schedule that it cannot read, says so once, and takes the others', async () => {
  const { taken, reads, events, start } = store(
    schedule('bad', 'every morning', -10),
    schedule('a', '* * * * * *', 1),
  )
  const scheduler = start()
  await pass(5_500)
  expect(taken).toEqual(['a 1', 'a 2', 'a 3', 'a 4', 'a 5'])
  expect(events.named('part.failed')).toMatchObject([{ part: 'schedule bad' }])
  expect(reads.length).toBeLessThan(20)
  await scheduler.stop()
})

it('sleeps where the only schedule that is due cannot be read', async () => {
  const { reads, start } = store(schedule('bad', 'every morning', -10))
  const scheduler = start()
  await pass(59_000)
  expect(reads).toHaveLength(2)
  await scheduler.stop()
})

it('ends a schedule that has no further tick', async () => {
  const { state, taken, events, start } = store(schedule('last', '0 0 1 1 1 * 2026', 0))
  const scheduler = start()
  await pass(120_000)
  expect(taken).toEqual(['last 0'])
  expect(state.schedules[0]?.nextMs).toBeNull()
  expect(events.named('schedule.ticked')).toMatchObject([{ nextAt: null }])
  await scheduler.stop()
})

it('says nothing of a tick that somebody else has taken', async () => {
  const { state, taken, events, start } = store(schedule('a', '0 * * * *', 1))
  state.beforeTake = () => {
    state.schedules = []
  }
  const scheduler = start()
  await pass(5_000)
  expect(taken).toEqual([])
  expect(events.named('schedule.ticked')).toEqual([])
  await scheduler.stop()
})

it('takes no tick after it was stopped, and stops while it was never started', async () => {
  const { taken, start } = store(schedule('a', '* * * * * *', 1))
  const scheduler = start()
  await pass(500)
  await scheduler.stop()
  await pass(10_000)
  expect(taken).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})
