// The tally: totals by what became of a task, counts by queue and kind, and what a new row begins with.
import { describe, expect, it } from 'vitest'
import { Tally } from '../../src/engine/tally.ts'
import { percentiles } from '../../src/task/histogram.ts'
import type { Settlement } from '../../src/task/settlement.ts'
import type { Status } from '../../src/task/status.ts'
import { claimOf } from './fixtures.ts'

const EACH: readonly [Settlement, Status][] = [
  [{ verb: 'complete', result: null }, 'done'],
  [{ verb: 'retry', delayMs: 1, error: 'refused' }, 'pending'],
  [{ verb: 'fail', error: 'refused' }, 'error'],
  [{ verb: 'snooze', delayMs: 1 }, 'pending'],
  [{ verb: 'release' }, 'pending'],
  [{ verb: 'cancel', reason: 'no longer wanted' }, 'cancelled'],
]
const [COMPLETE, RETRY] = EACH.map(([settlement]) => settlement)
const CLAIM = claimOf(1)
const PAIR = { in_progress: 0, done: 0, error: 0, cancelled: 0 }

describe('tally', () => {
  it('counts each settlement under its own name', () => {
    const tally = new Tally()
    for (const [index, [settlement, status]] of EACH.entries()) {
      for (let time = 0; time <= index; time++) tally.written(CLAIM, settlement, status, 0)
    }
    expect(tally.totals).toEqual({
      claimed: 0,
      done: 1,
      retried: 2,
      failed: 3,
      snoozed: 4,
      released: 5,
      cancelled: 6,
      lost: 0,
    })
    const { kinds } = tally.counters(0, 0, [])
    expect(kinds).toEqual({ default: { mail: { ...PAIR, done: 1, error: 3, cancelled: 6 } } })
  })

  it('counts what became of a task, not what was meant to', () => {
    const tally = new Tally()
    for (const [settlement] of EACH.slice(1)) tally.written(CLAIM, settlement, 'cancelled', 0)
    tally.written(CLAIM, RETRY ?? { verb: 'release' }, 'error', 0)
    expect(tally.totals).toMatchObject({ retried: 0, failed: 1, snoozed: 0, released: 0, cancelled: 5 })
    expect(tally.counters(0, 0, []).kinds).toEqual({ default: { mail: { ...PAIR, error: 1, cancelled: 5 } } })
  })

  it('tells how fast tasks are settled, and attempts failed; what was given back is neither', () => {
    const tally = new Tally()
    for (const [settlement, status] of EACH) tally.written(CLAIM, settlement, status, 1_000)
    expect(tally.counters(1_000, 0, [])).toMatchObject({ settled: [5], failed: [2] })
    expect(tally.counters(16_000, 0, [])).toMatchObject({ settled: [5, 0], failed: [2, 0] })
  })

  it('keeps how long tasks waited apart from how long they ran', () => {
    const tally = new Tally()
    tally.waited(10, 0)
    tally.ran(1_000, 0)
    tally.ran(1_000, 0)
    const { wait_ms, run_ms } = tally.counters(0, 0, [])
    expect(percentiles(wait_ms, [1])?.[0]).toBeCloseTo(10, -1)
    expect(Object.values(run_ms)).toEqual([2])
  })

  it('begins anew for a new row, and keeps the totals of the process', () => {
    const tally = new Tally()
    tally.written(CLAIM, COMPLETE ?? { verb: 'release' }, 'done', 0)
    tally.ran(5, 0)
    const last = tally.counters(0, 7.4, [CLAIM])
    tally.startOver()
    expect(last.kinds).toEqual({ default: { mail: { ...PAIR, done: 1, in_progress: 1 } } })
    expect(tally.counters(0, 0, [])).toMatchObject({ kinds: {}, settled: [], wait_ms: {}, run_ms: {} })
    expect(tally.totals).toMatchObject({ done: 1 })
    expect(last.at_us).toBe(7)
  })
})
