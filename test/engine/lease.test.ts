// The lease: work stops before others may claim it, and goes on only when the lease is held again. The beats are made up.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Beat } from '../../src/db/beat.ts'
import type { Joined } from '../../src/db/processes.ts'
import type { BeatsOptions } from '../../src/engine/beats.ts'
import { monotonicMs } from '../../src/engine/clock.ts'
import { Lease } from '../../src/engine/lease.ts'
import { noTotals } from '../../src/task/totals.ts'
import { recorder } from './fixtures.ts'

const { threads, FakeBeats } = vi.hoisted(() => {
  const threads: FakeBeats[] = []
  /** A thread that beats when the test says so. */
  class FakeBeats {
    readonly options: BeatsOptions
    readonly told: Beat[]
    lastSentMs = monotonicMs()
    lastAtUs: number
    isLost = false
    stops = 0
    constructor(options: BeatsOptions, first: Beat) {
      this.options = options
      this.told = [first]
      this.lastAtUs = options.joinedAtUs
      threads.push(this)
    }
    tell(beat: Beat) {
      this.told.push(beat)
    }
    async stop() {
      this.stops += 1
    }
  }
  return { threads, FakeBeats }
})
vi.mock('../../src/engine/beats.ts', () => ({ Beats: FakeBeats }))

const LEASE_MS = 15_000
const COUNTERS = { totals: noTotals(), kinds: {}, at_us: 0, settled: [], failed: [], wait_ms: {}, run_ms: {} }

beforeEach(() => {
  vi.useFakeTimers()
  threads.length = 0
})
afterEach(() => void vi.useRealTimers())

/** A lease that has joined as process 1, and as 2, 3 ... later; `log` is what it called, in order. */
async function build() {
  const state = { claimsSinceUs: null as number | null, refusals: 0 }
  const events = recorder()
  const log: string[] = []
  let joins = 0
  const lease = new Lease(
    {
      async join(): Promise<Joined> {
        log.push('join')
        if (state.refusals-- > 0) throw new Error('away')
        joins += 1
        return { id: joins, atUs: joins * 1_000_000 }
      },
      leave: (processId) => {
        log.push(`leave ${processId}`)
        return async () => void log.push('left')
      },
      snapshot: () => ({
        running: 2,
        waiting: 3,
        claimsSinceUs: state.claimsSinceUs,
        counters: COUNTERS,
        doing: [],
      }),
      onFenced: () => void log.push('fenced'),
      onHeld: () => void log.push('held'),
    },
    { url: '', applicationName: '', leaseMs: LEASE_MS, blockedLimitMs: 60_000, emit: events.emit },
  )
  await lease.start()
  await beatFor(0)
  return { lease, state, events, log }
}

function thread() {
  const last = threads.at(-1)
  if (last === undefined) throw new Error('nothing beats')
  return last
}

/** Beats each second for so many seconds. */
async function beatFor(seconds: number) {
  thread().lastSentMs = monotonicMs()
  for (let second = 0; second < seconds; second++) {
    await vi.advanceTimersByTimeAsync(1_000)
    thread().lastSentMs = monotonicMs()
    thread().lastAtUs += 1_000_000
  }
}

it('joins, and is held while it beats', async () => {
  const { lease, log } = await build()
  await beatFor(120)
  expect([lease.processId, lease.isFenced]).toEqual([1, false])
  expect(log).toEqual(['join'])
  await lease.stop()
})

it('passes on the refusal of its first join', async () => {
  const { lease, state } = await build()
  await lease.stop()
  state.refusals = 1
  await expect(lease.start()).rejects.toThrow('away')
})

it('tells the thread what is in hand; with nothing, that whatever comes was claimed after the last beat', async () => {
  const { lease, state } = await build()
  expect(thread().told[0]).toMatchObject({ running: 2, waiting: 3, claimsSinceUs: 1_000_000 })
  await beatFor(10)
  expect(lease.sinceUs).toBe(thread().lastAtUs)
  expect(thread().told.at(-1)?.claimsSinceUs).toBeGreaterThanOrEqual(thread().lastAtUs - 1_000_000)
  expect(thread().told.at(-1)?.claimsSinceUs).toBeLessThanOrEqual(thread().lastAtUs)
  state.claimsSinceUs = 5_000_000
  await vi.advanceTimersByTimeAsync(1_000)
  expect(thread().told.at(-1)?.claimsSinceUs).toBe(5_000_000)
  await lease.stop()
})

it('stops all work once, a tenth of the lease before it is over at the latest, and not with the first late beat', async () => {
  const { lease, log } = await build()
  await vi.advanceTimersByTimeAsync(LEASE_MS * 0.7)
  expect(log).toEqual(['join'])
  await vi.advanceTimersByTimeAsync(LEASE_MS * 0.2)
  expect(lease.isFenced).toBe(true)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(log).toEqual(['join', 'fenced'])
  await lease.stop()
})

it('is not held any more when the event loop was blocked, before any timer could say so', async () => {
  const { lease, log } = await build()
  await beatFor(5)
  thread().lastSentMs = monotonicMs() - LEASE_MS
  expect([lease.isFenced, log]).toEqual([true, ['join']])
  await vi.advanceTimersByTimeAsync(1_000)
  expect(log).toEqual(['join', 'fenced'])
  await lease.stop()
})

it('goes on under the same row when a beat comes through again', async () => {
  const { lease, log, events } = await build()
  await vi.advanceTimersByTimeAsync(60_000)
  await beatFor(2)
  expect([lease.processId, lease.isFenced]).toEqual([1, false])
  expect(log).toEqual(['join', 'fenced', 'held'])
  expect(events.named('lease.restored')).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(log).toEqual(['join', 'fenced', 'held', 'fenced'])
  await lease.stop()
})

it('stops all work before it joins anew when others have declared it lost', async () => {
  const { lease, log, events } = await build()
  await beatFor(5)
  const old = thread()
  old.isLost = true
  await vi.advanceTimersByTimeAsync(1_000)
  expect(log).toEqual(['join', 'fenced', 'leave 1', 'left', 'join', 'held'])
  expect([lease.processId, lease.isFenced, lease.sinceUs]).toEqual([2, false, 2_000_000])
  expect(old.stops).toBe(1)
  expect(thread().options.processId).toBe(2)
  expect(events.named('lease.lost')).toEqual([{ processId: 2 }])
  await lease.stop()
})

it('claims nothing until it could join anew, however long that takes', async () => {
  const { lease, state, log, events } = await build()
  state.refusals = 5
  thread().isLost = true
  await vi.advanceTimersByTimeAsync(1_500)
  expect([lease.isFenced, log.filter((call) => call === 'fenced').length]).toEqual([true, 1])
  await vi.advanceTimersByTimeAsync(60_000)
  // What the old row counted is closed once, and written before each try to join.
  const once = log.filter((call) => call !== 'join' && call !== 'left')
  expect(once).toEqual(['fenced', 'leave 1', 'held', 'fenced'])
  expect(lease.processId).toBe(2)
  expect(events.named('part.failed')).toHaveLength(5)
  await lease.stop()
})

it('stops its thread last, and looks at nothing any more', async () => {
  const { lease, log } = await build()
  await lease.stop()
  expect(thread().stops).toBe(1)
  await vi.advanceTimersByTimeAsync(120_000)
  expect(log).toEqual(['join'])
  expect(vi.getTimerCount()).toBe(0)
})
